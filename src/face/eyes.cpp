#include "face/eyes.h"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "face/geometry.h"

namespace visavis::face {
namespace {

constexpr int kSide = 64;
constexpr float kSquarePerEye = 2.3F;  // as in MediaPipe's graph
constexpr std::size_t kContour = 16;   // corner, lower lid 1…7, corner 8, upper lid 9…15

}  // namespace

Result<Eyes> Eyes::open(const infer::ModelFile& file, infer::SessionOptions options) {
    options.exact_outputs = true;
    auto session = infer::Session::open(file, options);
    if (!session) return std::unexpected(session.error());
    return Eyes(std::move(*session));
}

Result<EyePair> Eyes::look(const cv::Mat& picture, const MeshShape& mesh) {
    const auto left = look_at(picture, mesh.at(33), mesh.at(133), false);
    if (!left) return std::unexpected(left.error());
    // The network knows one eye; the other is shown to it in a mirror.
    const auto right = look_at(picture, mesh.at(362), mesh.at(263), true);
    if (!right) return std::unexpected(right.error());
    return EyePair{.left = *left, .right = *right};
}

Result<Eye> Eyes::look_at(const cv::Mat& picture, cv::Point2f from, cv::Point2f to, bool mirrored) {
    const cv::Point2f across = to - from;
    const float width = std::hypot(across.x, across.y);
    const cv::Matx23f crop_from_picture = from_square(
        (from + to) * 0.5F, std::max(kSquarePerEye * width, 4.0F), std::atan2(across.y, across.x), kSide);
    cv::Mat eye = warp(picture, crop_from_picture, {kSide, kSide});
    if (mirrored) cv::flip(eye, eye, 1);
    cv::cvtColor(eye, eye, cv::COLOR_BGR2RGB);
    eye.convertTo(cv::Mat(kSide, kSide, CV_32FC3, session_.input().data()), CV_32FC3, 1.0 / 255);
    if (const auto ran = session_.run(); !ran) return std::unexpected(ran.error());

    const auto contour = session_.output("output_eyes_contours_and_brows").values;
    const auto y_of = [&](std::size_t first, std::size_t last) {
        float sum = 0;
        for (std::size_t i = first; i <= last; ++i) sum += contour[i * 3 + 1];
        return sum / static_cast<float>(last - first + 1);
    };
    constexpr std::size_t kOpposite = kContour / 2 * 3;  // the other corner of the eye
    const float seen_width =
        std::max(std::hypot(contour[0] - contour[kOpposite], contour[1] - contour[kOpposite + 1]), 1.0F);
    static_assert(kContour == 16);
    const auto iris = session_.output("output_iris").values;
    const cv::Point2f middle((contour[0] + contour[kOpposite]) / 2,
                             (contour[1] + contour[kOpposite + 1]) / 2);
    cv::Point2f pupil(iris[0], iris[1]);
    cv::Point2f offset = (pupil - middle) / seen_width;
    if (mirrored) {
        offset.x = -offset.x;
        pupil.x = kSide - pupil.x;
    }
    return Eye{.pupil = apply(inverse(crop_from_picture), pupil),
               .opening = (y_of(1, 7) - y_of(9, 15)) / seen_width,
               .offset = offset};
}

}  // namespace visavis::face
