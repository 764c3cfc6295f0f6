// What the operations share: the recognition pipeline and, as they come, store, policy and ledger.
// The engine knows no HTTP and no JSON; one operation, one file beside this one.
#pragma once

#include <memory>

#include "face/pipeline.h"
#include "match/similarity_scale.h"

namespace visavis::engine {

/// Owns nothing that is not named here. All operations are thread-safe.
class Engine {
  public:
    Engine(std::shared_ptr<const face::Pipeline> pipeline, match::SimilarityScale scale);

    [[nodiscard]] const face::Pipeline& pipeline() const noexcept { return *pipeline_; }
    [[nodiscard]] const match::SimilarityScale& scale() const noexcept { return scale_; }

  private:
    std::shared_ptr<const face::Pipeline> pipeline_;
    match::SimilarityScale scale_;
};

}  // namespace visavis::engine
