#include "engine/engine.h"

#include <utility>

namespace visavis::engine {

Engine::Engine(std::shared_ptr<const face::Pipeline> pipeline, match::SimilarityScale scale)
    : pipeline_(std::move(pipeline)), scale_(std::move(scale)) {}

}  // namespace visavis::engine
