#include "engine/engine.h"

#include <utility>

namespace visavis::engine {

Engine::Engine(EngineParts parts) : parts_(std::move(parts)) {}

}  // namespace visavis::engine
