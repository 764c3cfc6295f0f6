// What the recognition pipeline says of a face. Plain values, no behaviour.
//
// Coordinates are ratios of the *displayed* image (after EXIF orientation): x to the right, y down, origin at
// the top left corner; they may stick out of 0…1 where a face touches the border. "Left" is the viewer's
// left, as Amazon Rekognition uses it: `eyeLeft` is the eye at the smaller x of an upright face.
#pragma once

#include <array>
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

struct Face {
    Box box;
    float confidence{};  ///< 0…100, that this is a face
    FiveLandmarks landmarks{};
    Pose pose;
    Quality quality;
};

/// Unit-norm embedding; its length is the pack's `dimension`. Only templates of one pack version compare.
using Template = std::vector<float>;

}  // namespace visavis::face
