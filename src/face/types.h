// What the recognition pipeline says of a face. Plain values, no behaviour.
//
// Coordinates are ratios of the *displayed* image (after EXIF orientation): x to the right, y down, origin at
// the top left corner; they may stick out of 0…1 where a face touches the border. "Left" is the viewer's
// left, as Amazon Rekognition uses it: `eyeLeft` is the eye at the smaller x of an upright face.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace visavis::face {

struct Point {
    float x{};
    float y{};
};

struct Box {
    float left{};
    float top{};
    float width{};
    float height{};
};

/// Index into FiveLandmarks.
enum Landmark : std::size_t { kEyeLeft, kEyeRight, kNose, kMouthLeft, kMouthRight };
using FiveLandmarks = std::array<Point, 5>;

/// Degrees, −180…180. Roll > 0: the head turned clockwise in the image (eyeRight lower than eyeLeft).
/// Yaw > 0: the nose displaced to the image's right. Pitch > 0: face up (nose nearer the eyes).
struct Pose {
    float roll{};
    float yaw{};
    float pitch{};
};

/// 0…100 each, measured on the face, not on the picture.
struct Quality {
    float brightness{};
    float sharpness{};
};

/// A face turned upright and scaled so that its landmarks lie in their places (crop_from_picture): 112×112
/// pixels, B G R, rows from the top. It shows a person: keep it no longer than the call.
inline constexpr int kCropSide = 112;
using Crop = std::array<std::uint8_t, std::size_t{kCropSide} * kCropSide * 3>;

struct Face {
    Box box;
    float confidence{};  ///< 0…100, that this is a face
    FiveLandmarks landmarks{};
    Pose pose;
    Quality quality;
    std::shared_ptr<const Crop> crop;  ///< what embed() reads; null in a face that detect() did not make
};

/// Unit-norm embedding; its length is the pack's `dimension`. Only templates of one pack version compare.
using Template = std::vector<float>;

}  // namespace visavis::face
