// What can be said of a face beyond where it is: Rekognition's attributes, as plain values. Nothing here is
// ever used for matching.
//
// A member is absent if it was not asked for or if no network of the pack measures it: nothing is invented.
// docs/analysis.md says how each was measured, and on whom.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "face/types.h"

namespace visavis::face {

/// Which attributes are wanted; only what they need is run.
struct AttributeSet {
    bool landmarks{};  ///< thirty instead of five, and the pose of the whole mesh
    bool age{};
    bool gender{};
    bool emotions{};
    bool smile{};
    bool eyes_open{};
    bool mouth_open{};
    bool eye_direction{};

    [[nodiscard]] bool needs_head() const noexcept { return age || gender || emotions; }
    [[nodiscard]] bool needs_eyes() const noexcept { return landmarks || eyes_open || eye_direction; }
    [[nodiscard]] bool needs_mesh() const noexcept { return needs_eyes() || smile || mouth_open; }
    [[nodiscard]] bool any() const noexcept { return needs_head() || needs_mesh(); }
};

/// A yes or no, and how often such an answer is right, 50…100.
struct Judgement {
    bool value{};
    float confidence{};
};

/// Years; meant to hold 80 % of the faces so described (docs/analysis.md: 90 % on held-out FairFace).
struct AgeRange {
    int low{};
    int high{};
};

/// Appearance as annotators perceived it, not identity: Rekognition's two values.
struct Gender {
    bool female{};
    float confidence{};  ///< 50…100
};

/// Rekognition's names; the confidences of all seven sum to 100. CONFUSED is not among what the network
/// knows.
struct Emotion {
    std::string_view type;
    float confidence{};
};

/// Degrees against the camera; signs as in Pose.
struct EyeDirection {
    float yaw{};
    float pitch{};
    float confidence{};  ///< 0…100, that the eyes are open and seen
};

/// One of Rekognition's thirty landmark types; ratios of the displayed image.
struct NamedPoint {
    std::string_view type;
    Point point;
};

struct Attributes {
    std::vector<NamedPoint> landmarks;  ///< thirty, or none
    std::optional<Pose> pose;
    std::optional<AgeRange> age;
    std::optional<Gender> gender;
    std::vector<Emotion> emotions;  ///< seven, or none
    std::optional<Judgement> smile;
    std::optional<Judgement> eyes_open;
    std::optional<Judgement> mouth_open;
    std::optional<EyeDirection> eye_direction;
};

}  // namespace visavis::face
