#include "face/states.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace visavis::face {
namespace {

float apart(const MeshShape& mesh, std::size_t a, std::size_t b) {
    const cv::Point2f d = mesh.at(a) - mesh.at(b);
    return std::hypot(d.x, d.y);
}

/// Lengths in distances between the eyes' middles, heights along the face's own vertical.
class FaceFrame {
  public:
    explicit FaceFrame(const MeshShape& mesh) : mesh_(mesh) {
        const cv::Point2f across = (mesh.at(263) + mesh.at(362) - mesh.at(33) - mesh.at(133)) * 0.5F;
        unit_ = std::max(std::hypot(across.x, across.y), 1e-3F);
        down_ = cv::Point2f(-across.y, across.x) / unit_;
    }
    [[nodiscard]] float apart(std::size_t a, std::size_t b) const { return face::apart(mesh_, a, b) / unit_; }
    [[nodiscard]] float down(std::size_t a) const { return mesh_.at(a).dot(down_) / unit_; }

  private:
    const MeshShape& mesh_;
    float unit_{};
    cv::Point2f down_;
};

Judgement judge(float score) {
    const float yes = 1 / (1 + std::exp(-score));
    return {.value = yes >= 0.5F, .confidence = 100 * std::max(yes, 1 - yes)};
}

float lip_gap(const FaceFrame& frame) {
    return (frame.apart(13, 14) + frame.apart(82, 87) + frame.apart(312, 317)) / 3;
}

}  // namespace

Judgement mouth_open(const MeshShape& mesh) {
    const FaceFrame frame(mesh);
    return judge(35.0159F * lip_gap(frame) + 4.1165F * frame.apart(61, 291) - 6.1632F);
}

Judgement smile(const MeshShape& mesh) {
    const FaceFrame frame(mesh);
    const float corners = (frame.down(61) + frame.down(291)) / 2;
    const float outer = corners - (frame.down(0) + frame.down(17)) / 2;
    const float inner = corners - frame.down(13);
    return judge(13.2441F * frame.apart(61, 291) - 10.3979F * outer - 2.3691F * inner +
                 13.4899F * lip_gap(frame) - 13.792F);
}

Judgement eyes_open(const MeshShape& mesh, const EyePair& eyes) {
    const auto lids = [&](std::array<std::size_t, 6> pairs, std::size_t outer, std::size_t inner) {
        return (apart(mesh, pairs[0], pairs[1]) + apart(mesh, pairs[2], pairs[3]) +
                apart(mesh, pairs[4], pairs[5])) /
               std::max(apart(mesh, outer, inner), 1e-3F);
    };
    const float height =
        (lids({159, 145, 158, 153, 160, 144}, 33, 133) + lids({386, 374, 385, 380, 387, 373}, 362, 263)) / 6;
    const float contour = (eyes.left.opening + eyes.right.opening) / 2;
    return judge(-3.1521F * height + 27.4294F * contour - 1.3783F);
}

EyeDirection eye_direction(const MeshShape& mesh, const EyePair& eyes, const Judgement& open) {
    // An eyeball of 12 mm radius behind lids 30 mm wide: the pupil moves 0.4 eye widths a radian.
    constexpr float kWidthsPerRadian = 0.4F;
    constexpr float kDegrees = 180 / std::numbers::pi_v<float>;
    const Pose head = pose(mesh);
    // The eye that is seen wider says more; behind the nose's bridge little is left of the other one.
    const float left = apart(mesh, 33, 133) * apart(mesh, 33, 133);
    const float right = apart(mesh, 362, 263) * apart(mesh, 362, 263);
    const cv::Point2f offset =
        (eyes.left.offset * left + eyes.right.offset * right) / std::max(left + right, 1e-3F);
    static constexpr float kMostTurned = 35;  // degrees that an eye turns in its head in everyday looking
    const auto turned = [](float widths) {
        const float degrees = std::asin(std::clamp(widths / kWidthsPerRadian, -1.0F, 1.0F)) * kDegrees;
        return std::clamp(degrees, -kMostTurned, kMostTurned);
    };
    const float seen = open.value ? open.confidence : 100 - open.confidence;
    return {.yaw = std::clamp(head.yaw + turned(offset.x), -180.0F, 180.0F),
            .pitch = std::clamp(head.pitch - turned(offset.y), -180.0F, 180.0F),
            .confidence = seen * mesh.presence};
}

std::vector<NamedPoint> thirty_landmarks(const MeshShape& mesh, const EyePair& eyes, cv::Size picture) {
    struct Place {
        std::string_view type;
        std::size_t index;
    };
    // MediaPipe counts the person's right eye first, which is the viewer's left.
    static constexpr std::array<Place, 26> kPlaces = {{{"nose", 1},
                                                       {"mouthLeft", 61},
                                                       {"mouthRight", 291},
                                                       {"leftEyeBrowLeft", 70},
                                                       {"leftEyeBrowRight", 107},
                                                       {"leftEyeBrowUp", 105},
                                                       {"rightEyeBrowLeft", 336},
                                                       {"rightEyeBrowRight", 300},
                                                       {"rightEyeBrowUp", 334},
                                                       {"leftEyeLeft", 33},
                                                       {"leftEyeRight", 133},
                                                       {"leftEyeUp", 159},
                                                       {"leftEyeDown", 145},
                                                       {"rightEyeLeft", 362},
                                                       {"rightEyeRight", 263},
                                                       {"rightEyeUp", 386},
                                                       {"rightEyeDown", 374},
                                                       {"noseLeft", 129},
                                                       {"noseRight", 358},
                                                       {"mouthUp", 0},
                                                       {"mouthDown", 17},
                                                       {"upperJawlineLeft", 127},
                                                       {"midJawlineLeft", 172},
                                                       {"chinBottom", 152},
                                                       {"midJawlineRight", 397},
                                                       {"upperJawlineRight", 356}}};
    const auto ratio = [&](cv::Point2f p) {
        return Point{.x = p.x / static_cast<float>(picture.width),
                     .y = p.y / static_cast<float>(picture.height)};
    };
    std::vector<NamedPoint> points;
    points.reserve(kPlaces.size() + 4);
    points.push_back({"eyeLeft", ratio((mesh.at(33) + mesh.at(133)) * 0.5F)});
    points.push_back({"eyeRight", ratio((mesh.at(362) + mesh.at(263)) * 0.5F)});
    for (const Place& place : kPlaces) points.push_back({place.type, ratio(mesh.at(place.index))});
    points.push_back({"leftPupil", ratio(eyes.left.pupil)});
    points.push_back({"rightPupil", ratio(eyes.right.pupil)});
    return points;
}

}  // namespace visavis::face
