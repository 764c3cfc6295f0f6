// What five landmarks say of a face: where it lies in the embedder's crop, and how the head is turned.
#pragma once

#include <array>

#include <opencv2/core.hpp>

#include "face/types.h"

namespace visavis::face {

inline constexpr int kCropSide = 112;

/// crop = [scale·rotation | shift] · picture: the least-squares similarity transform from the landmarks
/// (pixels) to their places in the 112×112 crop that SFace was trained on.
[[nodiscard]] cv::Matx23f crop_from_picture(const std::array<cv::Point2f, 5>& landmarks);

/// Pose from five landmarks; signs as in types.h. Roll is exact, yaw and pitch are coarse (a few degrees):
/// fitted to published example answers of Rekognition.
[[nodiscard]] Pose pose(const std::array<cv::Point2f, 5>& landmarks);

/// Brightness: mean luma of the crop's middle as a share of white. Sharpness: energy of the Laplacian against
/// the crop's contrast, so that a dark face is not called blurred.
[[nodiscard]] Quality quality(const cv::Mat& crop);

}  // namespace visavis::face
