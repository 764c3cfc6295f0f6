// MediaPipe's iris network (Ablavatski et al., "Real-time Pupil Tracking from Monocular Video for Digital
// Puppetry", 2020): the lids' contour and the pupil of one eye.
#pragma once

#include <opencv2/core.hpp>

#include "base/error.h"
#include "face/mesh.h"
#include "infer/session.h"

namespace visavis::face {

struct Eye {
    cv::Point2f pupil;     ///< pixels of the picture
    float opening{};       ///< mean height between the lids as a share of the eye's width
    cv::Point2f offset{};  ///< of the pupil from the eye's middle, in eye widths, in the upright face
};

struct EyePair {
    Eye left;  ///< the viewer's left
    Eye right;
};

/// Not thread-safe: one a stream.
class Eyes {
  public:
    static Result<Eyes> open(const infer::ModelFile& file, infer::SessionOptions options);

    [[nodiscard]] Result<EyePair> look(const cv::Mat& picture, const MeshShape& mesh);

  private:
    explicit Eyes(infer::Session session) : session_(std::move(session)) {}

    Result<Eye> look_at(const cv::Mat& picture, cv::Point2f from, cv::Point2f to, bool mirrored);

    infer::Session session_;
};

}  // namespace visavis::face
