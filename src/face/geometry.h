// What five landmarks say of a face: where it lies in the embedder's crop, and how the head is turned.
#pragma once

#include <array>

#include <opencv2/core.hpp>

#include "face/types.h"

namespace visavis::face {

/// crop = [scale·rotation | shift] · picture: the least-squares similarity transform from the landmarks
/// (pixels) to their places in the 112×112 crop that SFace was trained on.
[[nodiscard]] cv::Matx23f crop_from_picture(const std::array<cv::Point2f, 5>& landmarks);

/// transform · (x, y, 1)
[[nodiscard]] cv::Point2f apply(const cv::Matx23f& transform, cv::Point2f point);

/// The similarity transform that undoes `transform`; of a transform that maps everything to one point, one
/// that does so, too.
[[nodiscard]] cv::Matx23f inverse(const cv::Matx23f& transform);

/// `size` pixels of the picture under a similarity transform, out = transform · picture; black outside.
/// Bilinear; where `transform` reduces to less than half, the picture is halved first as often as it takes,
/// so that nothing aliases.
[[nodiscard]] cv::Mat warp(const cv::Mat& picture, const cv::Matx23f& transform, cv::Size size);

/// Pose from five landmarks; signs as in types.h. Roll is exact, yaw and pitch are coarse (a few degrees):
/// fitted to published example answers of Rekognition.
[[nodiscard]] Pose pose(const std::array<cv::Point2f, 5>& p);

/// Brightness: mean luma of the crop's middle as a share of white. Sharpness: energy of the Laplacian against
/// the crop's contrast, so that a dark face is not called blurred.
[[nodiscard]] Quality quality(const cv::Mat& crop);

}  // namespace visavis::face
