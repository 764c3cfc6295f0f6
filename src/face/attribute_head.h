// Age, gender and expression from an aligned crop: SFace's layers before the embedding, averaged over
// quadrants, and a hidden layer of our own over them (training/attributes/).
#pragma once

#include <vector>

#include <opencv2/core.hpp>

#include "base/error.h"
#include "face/attributes.h"
#include "infer/session.h"

namespace visavis::face {

/// What the head says of one face.
struct HeadAnswer {
    Gender gender;
    AgeRange age;
    std::vector<Emotion> emotions;
};

/// Not thread-safe: one a stream.
class AttributeHead {
  public:
    /// `embedder` is cut behind the layers that `head` was trained on.
    static Result<AttributeHead> open(const infer::ModelFile& embedder, const infer::ModelFile& head,
                                      const infer::SessionOptions& options);

    /// `crop`: B G R, 112×112, see crop_from_picture().
    [[nodiscard]] Result<HeadAnswer> answer(const cv::Mat& crop);

  private:
    AttributeHead(infer::Session trunk, infer::Session head)
        : trunk_(std::move(trunk)), head_(std::move(head)) {}

    infer::Session trunk_;
    infer::Session head_;
};

/// The range around the median of a distribution over the bands 0-2, 3-9, 10-19, …, 60-69, 70 and more that
/// is meant to hold 80 % of the faces so described; 0 ≤ low ≤ high ≤ 90.
[[nodiscard]] AgeRange age_range(std::span<const float> bands);

}  // namespace visavis::face
