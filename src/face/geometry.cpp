#include "face/geometry.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <opencv2/imgproc.hpp>

namespace visavis::face {
namespace {

constexpr float kDegrees = 180 / std::numbers::pi_v<float>;

// OpenCV Zoo's SFace and the ArcFace family share these places.
constexpr std::array<std::array<float, 2>, 5> kPlaces = {{{38.2946F, 51.6963F},
                                                          {73.5318F, 51.5014F},
                                                          {56.0252F, 71.7366F},
                                                          {41.5493F, 92.3655F},
                                                          {70.7299F, 92.2041F}}};

}  // namespace

cv::Matx23f crop_from_picture(const std::array<cv::Point2f, 5>& landmarks) {
    cv::Point2f from;
    cv::Point2f to;
    for (std::size_t i = 0; i < 5; ++i) {
        from += landmarks[i] * 0.2F;
        to += cv::Point2f(kPlaces[i][0], kPlaces[i][1]) * 0.2F;
    }
    // With complex numbers: minimise Σ |w·(p−p̄) − (q−q̄)|², so w = Σ (q−q̄)·conj(p−p̄) / Σ |p−p̄|².
    float real = 0;
    float imaginary = 0;
    float norm = 0;
    for (std::size_t i = 0; i < 5; ++i) {
        const cv::Point2f p = landmarks[i] - from;
        const cv::Point2f q = cv::Point2f(kPlaces[i][0], kPlaces[i][1]) - to;
        real += q.dot(p);
        imaginary += p.x * q.y - p.y * q.x;
        norm += p.dot(p);
    }
    norm = std::max(norm, 1e-6F);  // five equal points: a crop of nothing, not a division by zero
    const float a = real / norm;
    const float b = imaginary / norm;
    return {a, -b, to.x - a * from.x + b * from.y, b, a, to.y - b * from.x - a * from.y};
}

Pose pose(const std::array<cv::Point2f, 5>& p) {
    const cv::Point2f eyes = p[kEyeRight] - p[kEyeLeft];
    const float roll = std::atan2(eyes.y, eyes.x);
    const cv::Point2f middle = (p[kEyeLeft] + p[kEyeRight]) * 0.5F;
    const auto upright = [&](cv::Point2f point) {
        const cv::Point2f d = point - middle;
        return cv::Point2f(d.x * std::cos(roll) + d.y * std::sin(roll),
                           d.y * std::cos(roll) - d.x * std::sin(roll));
    };
    const float distance = std::max(static_cast<float>(cv::norm(eyes)), 1e-3F);
    const cv::Point2f nose = upright(p[kNose]);
    const cv::Point2f mouth = upright((p[kMouthLeft] + p[kMouthRight]) * 0.5F);
    const float drop = std::max(mouth.y, 1e-3F);
    // In Rekognition's published answers: nose 0.24 eye distances aside at yaw 18.1, 0.29 at 23.8, −0.13 at
    // −9.5; nose at 0.38 of the way from eyes to mouth at pitch 15.7, at 0.60 at −10.3.
    constexpr float kNoseAside = 0.72F;
    constexpr float kLevelNose = 0.513F;
    constexpr float kDegreesPerDrop = 118;
    return {.roll = roll * kDegrees,
            .yaw = std::clamp(std::atan(nose.x / distance / kNoseAside) * kDegrees, -90.0F, 90.0F),
            .pitch = std::clamp((kLevelNose - nose.y / drop) * kDegreesPerDrop, -90.0F, 90.0F)};
}

Quality quality(const cv::Mat& crop) {
    cv::Mat grey;
    cv::cvtColor(crop(cv::Rect(16, 24, 80, 80)), grey, cv::COLOR_BGR2GRAY);
    cv::Mat edges;
    cv::Laplacian(grey, edges, CV_32F);
    cv::Scalar mean;
    cv::Scalar deviation;
    cv::Scalar edge_mean;
    cv::Scalar edge_deviation;
    cv::meanStdDev(grey, mean, deviation);
    cv::meanStdDev(edges, edge_mean, edge_deviation);
    const double energy = edge_deviation[0] * edge_deviation[0] / (deviation[0] * deviation[0] + 1);
    constexpr double kHalfSharp = 0.12;  // ratio at which Sharpness is 50
    return {.brightness = static_cast<float>(mean[0] / 255 * 100),
            .sharpness = static_cast<float>(100 * energy / (energy + kHalfSharp))};
}

}  // namespace visavis::face
