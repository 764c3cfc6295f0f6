#include "drawing.h"

#include <algorithm>

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

void draw(cv::Mat& picture, const boost::json::object& face) {
    const auto ratio = [](const boost::json::value& of, const char* name, int pixels) {
        return static_cast<int>(of.at(name).to_number<double>() * pixels + 0.5);
    };
    const int pen = std::max(2, std::max(picture.cols, picture.rows) / 500);
    const boost::json::value& box = face.at("BoundingBox");
    const cv::Rect place(ratio(box, "Left", picture.cols), ratio(box, "Top", picture.rows),
                         ratio(box, "Width", picture.cols), ratio(box, "Height", picture.rows));
    cv::rectangle(picture, place, kBox, pen, cv::LINE_AA);
    for (const auto& point : face.at("Landmarks").as_array())
        cv::circle(picture, {ratio(point, "X", picture.cols), ratio(point, "Y", picture.rows)}, pen, kPoint,
                   cv::FILLED, cv::LINE_AA);
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
