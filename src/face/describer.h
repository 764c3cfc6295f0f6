// Attributes of a face, each network opened when it is first needed.
#pragma once

#include <memory>
#include <optional>

#include <opencv2/core.hpp>

#include "base/error.h"
#include "face/attribute_head.h"
#include "face/eyes.h"
#include "face/mesh.h"
#include "infer/model_pack.h"

namespace visavis::face {

/// Not thread-safe: one a stream.
class Describer {
  public:
    /// Remembers the pack's files; a pack without them gives no attributes.
    Describer(const infer::ModelPack& pack, infer::SessionOptions options);

    /// `face` and its five landmarks in pixels of `picture`; `crop` as in AttributeHead::answer().
    [[nodiscard]] Result<Attributes> describe(const cv::Mat& picture,
                                              const std::array<cv::Point2f, 5>& landmarks,
                                              const cv::Mat& crop, const AttributeSet& wanted);

  private:
    Result<void> add_head(const cv::Mat& crop, const AttributeSet& wanted, Attributes& into);
    Result<void> add_mesh(const cv::Mat& picture, const std::array<cv::Point2f, 5>& landmarks,
                          const AttributeSet& wanted, Attributes& into);

    infer::SessionOptions options_;
    std::optional<infer::ModelFile> embedder_file_;
    std::optional<infer::ModelFile> head_file_;
    std::optional<infer::ModelFile> mesh_file_;
    std::optional<infer::ModelFile> iris_file_;
    std::optional<AttributeHead> head_;
    std::optional<Mesh> mesh_;
    std::optional<Eyes> eyes_;
};

}  // namespace visavis::face
