#include "face/mesh.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <opencv2/imgproc.hpp>

#include "face/geometry.h"

namespace visavis::face {
namespace {

constexpr int kSide = 192;
constexpr float kDegrees = 180 / std::numbers::pi_v<float>;

// The square that MediaPipe's tracker would use (1.5 times the mesh's own extent), told from the five
// landmarks: medians over 250 FairFace faces (training/attributes/states.py uses the same).
constexpr float kSquarePerSize = 2.71F;
constexpr float kAside = 0.017F;
constexpr float kDown = -0.054F;

// The mesh turns less than the head: 12 portraits, turned by up to 45 degrees and drawn again, gave 1.23
// degrees of turn a degree of the mesh (training/attributes/turned.py). The labels of booking photographs
// turned by more than 10 degrees ask for at least that.
constexpr float kYawPerMeshYaw = 1.23F;

float length(cv::Point2f p) {
    return std::hypot(p.x, p.y);
}

}  // namespace

cv::Matx23f from_square(cv::Point2f centre, float side, float roll, int size) {
    const float scale = static_cast<float>(size) / side;
    const float c = std::cos(roll) * scale;
    const float s = std::sin(roll) * scale;
    const float half = static_cast<float>(size) / 2;
    return {c, s, half - c * centre.x - s * centre.y, -s, c, half + s * centre.x - c * centre.y};
}

Result<Mesh> Mesh::open(const infer::ModelFile& file, infer::SessionOptions options) {
    options.exact_outputs = true;  // bf16 keeps coordinates up to 192 to half a pixel only
    auto session = infer::Session::open(file, options);
    if (!session) return std::unexpected(session.error());
    return Mesh(std::move(*session));
}

Result<MeshShape> Mesh::fit(const cv::Mat& picture, const std::array<cv::Point2f, 5>& landmarks) {
    const cv::Point2f eyes = (landmarks[kEyeLeft] + landmarks[kEyeRight]) * 0.5F;
    const cv::Point2f mouth = (landmarks[kMouthLeft] + landmarks[kMouthRight]) * 0.5F;
    const cv::Point2f across = landmarks[kEyeRight] - landmarks[kEyeLeft];
    const float roll = std::atan2(across.y, across.x);
    const float size = std::max(std::hypot(length(across), length(mouth - eyes)), 1.0F);
    cv::Point2f centre;
    for (const auto& point : landmarks) centre += point * 0.2F;
    const float c = std::cos(roll);
    const float s = std::sin(roll);
    centre += cv::Point2f(c * kAside - s * kDown, s * kAside + c * kDown) * size;

    const cv::Matx23f crop_from_picture = from_square(centre, kSquarePerSize * size, roll, kSide);
    cv::Mat rgb;
    cv::cvtColor(warp(picture, crop_from_picture, {kSide, kSide}), rgb, cv::COLOR_BGR2RGB);
    rgb.convertTo(cv::Mat(kSide, kSide, CV_32FC3, session_.input().data()), CV_32FC3, 1.0 / 255);
    if (const auto ran = session_.run(); !ran) return std::unexpected(ran.error());

    const cv::Matx23f picture_from_crop = inverse(crop_from_picture);
    const float scale = kSquarePerSize * size / kSide;
    const auto values = session_.output("conv2d_20").values;
    MeshShape mesh;
    for (std::size_t i = 0; i < kMeshPoints; ++i) {
        const cv::Point2f at = apply(picture_from_crop, {values[i * 3], values[i * 3 + 1]});
        mesh.points[i] = {at.x, at.y, values[i * 3 + 2] * scale};
    }
    mesh.presence = 1 / (1 + std::exp(-session_.output("conv2d_30").values.front()));
    return mesh;
}

Pose pose(const MeshShape& mesh) {
    const cv::Point3f across = mesh.points[263] - mesh.points[33];
    const cv::Point3f down = mesh.points[152] - mesh.points[10];
    const float roll = std::atan2(across.y, across.x);
    return {
        .roll = roll * kDegrees,
        .yaw = std::clamp(kYawPerMeshYaw * std::atan2(across.z, std::hypot(across.x, across.y)) * kDegrees,
                          -90.0F, 90.0F),
        .pitch = std::atan2(-down.z, std::hypot(down.x, down.y)) * kDegrees};
}

}  // namespace visavis::face
