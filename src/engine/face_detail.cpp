#include "engine/face_detail.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace visavis::engine {

FaceDetail describe(const face::Face& face) {
    // In the order of face::Landmark.
    static constexpr std::array<std::string_view, 5> kTypes = {"eyeLeft", "eyeRight", "nose", "mouthLeft",
                                                               "mouthRight"};
    FaceDetail detail{.box = face.box,
                      .confidence = face.confidence,
                      .landmarks = {},
                      .pose = face.pose,
                      .quality = face.quality};
    detail.landmarks.reserve(kTypes.size());
    for (std::size_t i = 0; i < kTypes.size(); ++i)
        detail.landmarks.push_back({.type = kTypes[i], .point = face.landmarks[i]});
    return detail;
}

FaceDetail describe(const face::Face& face, face::Attributes attributes) {
    FaceDetail detail = describe(face);
    if (!attributes.landmarks.empty()) detail.landmarks = std::move(attributes.landmarks);
    if (attributes.pose) detail.pose = *attributes.pose;
    detail.attributes = std::move(attributes);
    return detail;
}

face::AttributeSet wanted_attributes(const std::vector<std::string>& names) {
    const auto asked = [&](std::string_view name) {
        return std::ranges::any_of(names, [&](const std::string& n) { return n == name || n == "ALL"; });
    };
    return {.landmarks = asked("ALL"),
            .age = asked("AGE_RANGE"),
            .gender = asked("GENDER"),
            .emotions = asked("EMOTIONS"),
            .smile = asked("SMILE"),
            .eyes_open = asked("EYES_OPEN"),
            .mouth_open = asked("MOUTH_OPEN"),
            .eye_direction = asked("EYE_DIRECTION")};
}

}  // namespace visavis::engine
