#include "drawing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "base/file.h"
#include "base/limits.h"
#include "image/picture.h"
#include "image/png_writer.h"

namespace visavis::app {
namespace {

const cv::Scalar kBox(80, 220, 80);
const cv::Scalar kPoint(60, 120, 255);
// B G R: the face's right, down and forward.
const std::array<cv::Scalar, 3> kAxes = {cv::Scalar(60, 60, 230), cv::Scalar(60, 200, 60),
                                         cv::Scalar(230, 120, 60)};

/// Three axes from `origin`, turned as the pose says; yaw > 0 turns forward to the image's right, pitch > 0
/// up.
void draw_pose(cv::Mat& picture, cv::Point origin, double length, const boost::json::value& pose, int pen) {
    const auto radians = [&](const char* name) {
        return pose.at(name).to_number<double>() * std::numbers::pi / 180;
    };
    const double yaw = radians("Yaw");
    const double pitch = radians("Pitch");
    const double roll = radians("Roll");
    const std::array<cv::Point2d, 3> upright = {
        cv::Point2d(std::cos(yaw), 0), cv::Point2d(std::sin(yaw) * std::sin(pitch), std::cos(pitch)),
        cv::Point2d(std::sin(yaw) * std::cos(pitch), -std::sin(pitch))};
    for (std::size_t i = 0; i < upright.size(); ++i) {
        const cv::Point2d d(upright[i].x * std::cos(roll) - upright[i].y * std::sin(roll),
                            upright[i].x * std::sin(roll) + upright[i].y * std::cos(roll));
        cv::line(picture, origin, origin + cv::Point(d * length), kAxes[i], pen, cv::LINE_AA);
    }
}

void draw(cv::Mat& picture, const boost::json::object& face) {
    const auto ratio = [](const boost::json::value& of, const char* name, int pixels) {
        return static_cast<int>(of.at(name).to_number<double>() * pixels + 0.5);
    };
    const int pen = std::max(2, std::max(picture.cols, picture.rows) / 500);
    const boost::json::value& box = face.at("BoundingBox");
    const cv::Rect place(ratio(box, "Left", picture.cols), ratio(box, "Top", picture.rows),
                         ratio(box, "Width", picture.cols), ratio(box, "Height", picture.rows));
    cv::rectangle(picture, place, kBox, pen, cv::LINE_AA);
    for (const auto& point : face.at("Landmarks").as_array()) {
        const cv::Point at(ratio(point, "X", picture.cols), ratio(point, "Y", picture.rows));
        if (point.at("Type").as_string() == "nose")
            draw_pose(picture, at, place.width * 0.4, face.at("Pose"), std::max(1, pen / 2));
        cv::circle(picture, at, std::max(1, pen / 2), kPoint, cv::FILLED, cv::LINE_AA);
    }
    cv::putText(picture, fmt::format("{:.0f}", face.at("Confidence").to_number<double>()),
                {std::max(place.x, 0), std::max(place.y - 2 * pen, 8 * pen)}, cv::FONT_HERSHEY_SIMPLEX,
                0.3 * pen, kBox, std::max(1, pen / 2), cv::LINE_AA);
}

}  // namespace

Result<void> draw_faces(const std::string& image, const boost::json::array& faces, const std::string& out) {
    const auto bytes = read_file(image, limits::kStoredImageBytes);
    if (!bytes) return std::unexpected(bytes.error());
    const auto picture = image::decode(*bytes, {});
    if (!picture) return std::unexpected(picture.error());
    std::vector<std::uint8_t> pixels(picture->bgr(),
                                     picture->bgr() + static_cast<std::size_t>(picture->width()) *
                                                          static_cast<std::size_t>(picture->height()) * 3);
    cv::Mat canvas(picture->height(), picture->width(), CV_8UC3, pixels.data());
    for (const auto& face : faces) draw(canvas, face.as_object());
    const auto png = image::encode_png(picture->width(), picture->height(), pixels);
    if (!png) return std::unexpected(png.error());
    return replace_file(out, *png);
}

}  // namespace visavis::app
