#include "engine/face_detail.h"

#include <array>
#include <string_view>

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

}  // namespace visavis::engine
