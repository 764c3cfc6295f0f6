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

cv::Point2f apply(const cv::Matx23f& m, cv::Point2f p) {
    return {m(0, 0) * p.x + m(0, 1) * p.y + m(0, 2), m(1, 0) * p.x + m(1, 1) * p.y + m(1, 2)};
}

cv::Matx23f inverse(const cv::Matx23f& m) {
    const float a = m(0, 0);
    const float b = m(1, 0);
    const float norm = std::max(a * a + b * b, 1e-12F);
    const float c = a / norm;
    const float d = b / norm;
    return {c, d, -c * m(0, 2) - d * m(1, 2), -d, c, d * m(0, 2) - c * m(1, 2)};
}

cv::Mat warp(const cv::Mat& picture, const cv::Matx23f& transform, cv::Size size) {
    const float scale = std::hypot(transform(0, 0), transform(1, 0));
    int step = 1;
    while (step < 64 && scale * static_cast<float>(step) < 0.5F) step *= 2;
    cv::Mat out;
    if (step < 2) {
        cv::warpAffine(picture, out, transform, size, cv::INTER_LINEAR);
        return out;
    }
    // The part of the picture that is seen, cut at multiples of `step`.
    const cv::Matx23f back = inverse(transform);
    const auto width = static_cast<float>(size.width);
    const auto height = static_cast<float>(size.height);
    const std::array<cv::Point2f, 4> corners = {apply(back, {0, 0}), apply(back, {width, 0}),
                                                apply(back, {0, height}), apply(back, {width, height})};
    const auto [left, right] = std::ranges::minmax({corners[0].x, corners[1].x, corners[2].x, corners[3].x});
    const auto [top, bottom] = std::ranges::minmax({corners[0].y, corners[1].y, corners[2].y, corners[3].y});
    const auto whole = [&](float value, int most) {
        return std::clamp(static_cast<int>(std::clamp(value, -1e6F, 1e6F)) / step * step, 0,
                          most / step * step);
    };
    const cv::Point from(whole(left - 2.0F * static_cast<float>(step), picture.cols),
                         whole(top - 2.0F * static_cast<float>(step), picture.rows));
    const cv::Point to(whole(right + 3.0F * static_cast<float>(step), picture.cols),
                       whole(bottom + 3.0F * static_cast<float>(step), picture.rows));
    if (to.x <= from.x || to.y <= from.y) return cv::Mat::zeros(size, picture.type());
    cv::Mat reduced = picture(cv::Rect(from, to));
    for (int halved = 1; halved < step; halved *= 2) {
        cv::Mat half;
        cv::resize(reduced, half, reduced.size() / 2, 0, 0, cv::INTER_AREA);
        reduced = half;
    }
    // Pixel centres: reduced x stands for step · x + (step − 1) / 2.
    const auto s = static_cast<float>(step);
    cv::Matx23f composed = transform;
    const cv::Point2f origin = apply(transform, cv::Point2f(from) + cv::Point2f((s - 1) / 2, (s - 1) / 2));
    for (int row = 0; row < 2; ++row)
        for (int column = 0; column < 2; ++column) composed(row, column) *= s;
    composed(0, 2) = origin.x;
    composed(1, 2) = origin.y;
    cv::warpAffine(reduced, out, composed, size, cv::INTER_LINEAR);
    return out;
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
