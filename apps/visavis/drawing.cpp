#include "drawing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "base/bytes.h"
#include "base/file.h"
#include "base/limits.h"
#include "image/picture.h"
#include "image/png_writer.h"

namespace visavis::app {
namespace {

struct Colour {
    int r;
    int g;
    int b;
    [[nodiscard]] cv::Scalar bgr() const {
        return {static_cast<double>(b), static_cast<double>(g), static_cast<double>(r)};
    }
    [[nodiscard]] std::string css() const { return fmt::format("rgb({},{},{})", r, g, b); }
};

constexpr Colour kBox{.r = 80, .g = 220, .b = 80};

struct Part {
    std::string_view in_name;  // what the landmark's name holds
    std::string_view name;
    Colour colour;
};

// The first whose text a landmark's name holds: `leftEyeBrowUp` is of the brows, `leftEyeUp` of the eyes.
constexpr std::array<Part, 6> kParts = {{{"Brow", "brows", {.r = 240, .g = 200, .b = 40}},
                                         {"Pupil", "pupils", {.r = 255, .g = 255, .b = 255}},
                                         {"ye", "eyes", {.r = 90, .g = 210, .b = 255}},
                                         {"nose", "nose", {.r = 255, .g = 150, .b = 60}},
                                         {"mouth", "mouth", {.r = 255, .g = 110, .b = 180}},
                                         {"", "jaw and chin", {.r = 190, .g = 150, .b = 255}}}};

// The face's own directions.
constexpr std::array<std::pair<std::string_view, Colour>, 3> kAxes = {
    {{"axis to the image's right", {.r = 230, .g = 60, .b = 60}},
     {"axis down", {.r = 60, .g = 200, .b = 60}},
     {"axis forward", {.r = 60, .g = 120, .b = 230}}}};

const Part& part_of(std::string_view landmark) {
    return *std::ranges::find_if(kParts, [&](const Part& part) { return landmark.contains(part.in_name); });
}

/// Where the face's three axes end, relative to their origin, at length 1; yaw > 0 turns forward to the
/// image's right, pitch > 0 up, roll > 0 clockwise.
std::array<cv::Point2d, 3> axes(const boost::json::value& pose) {
    const auto radians = [&](const char* name) {
        return pose.at(name).to_number<double>() * std::numbers::pi / 180;
    };
    const double yaw = radians("Yaw");
    const double pitch = radians("Pitch");
    const double roll = radians("Roll");
    std::array<cv::Point2d, 3> ends = {cv::Point2d(std::cos(yaw), 0),
                                       cv::Point2d(std::sin(yaw) * std::sin(pitch), std::cos(pitch)),
                                       cv::Point2d(std::sin(yaw) * std::cos(pitch), -std::sin(pitch))};
    for (cv::Point2d& end : ends)
        end = {end.x * std::cos(roll) - end.y * std::sin(roll),
               end.x * std::sin(roll) + end.y * std::cos(roll)};
    return ends;
}

/// One face in pixels.
struct Drawn {
    cv::Rect2d box;
    std::vector<std::pair<std::string, cv::Point2d>> landmarks;
    std::array<cv::Point2d, 3> axes;
    cv::Point2d origin;  // of the axes: the nose; without landmarks there are none
    double confidence{};
    std::vector<std::string> captions;
};

Drawn in_pixels(const boost::json::object& face, cv::Size size) {
    const auto scaled = [](const boost::json::value& of, const char* name, int pixels) {
        return of.at(name).to_number<double>() * pixels;
    };
    const boost::json::value& box = face.at("BoundingBox");
    Drawn drawn{.box = {scaled(box, "Left", size.width), scaled(box, "Top", size.height),
                        scaled(box, "Width", size.width), scaled(box, "Height", size.height)},
                .landmarks = {},
                .axes = {},
                .origin = {},
                .confidence = face.at("Confidence").to_number<double>(),
                .captions = {}};
    if (const auto* pose = face.if_contains("Pose")) drawn.axes = axes(*pose);
    if (const auto* captions = face.if_contains("Captions"))
        drawn.captions = boost::json::value_to<std::vector<std::string>>(*captions);
    for (const auto& point : face.at("Landmarks").as_array()) {
        const cv::Point2d at(scaled(point, "X", size.width), scaled(point, "Y", size.height));
        drawn.landmarks.emplace_back(boost::json::value_to<std::string>(point.at("Type")), at);
        if (drawn.landmarks.back().first == "nose") drawn.origin = at;
    }
    for (cv::Point2d& end : drawn.axes) end = drawn.origin + end * (0.4 * drawn.box.width);
    return drawn;
}

/// Where the lines of text go, one below the other: under the box, or above the picture's lower edge if there
/// is no room.
cv::Point below_box(const Drawn& face, cv::Size size, int line) {
    const int lowest = size.height - static_cast<int>(face.captions.size()) * line;
    return {std::max(static_cast<int>(face.box.x), 0),
            std::min(static_cast<int>(face.box.y + face.box.height) + line, std::max(line, lowest))};
}

void draw_captions(cv::Mat& picture, const Drawn& face, int pen) {
    const int line = 12 * pen;
    cv::Point at = below_box(face, picture.size(), line);
    for (const std::string& text : face.captions) {
        // Dark first, so that it can be read on any picture.
        cv::putText(picture, text, at, cv::FONT_HERSHEY_SIMPLEX, 0.3 * pen, cv::Scalar::all(0), pen + 2,
                    cv::LINE_AA);
        cv::putText(picture, text, at, cv::FONT_HERSHEY_SIMPLEX, 0.3 * pen, kBox.bgr(), std::max(1, pen / 2),
                    cv::LINE_AA);
        at.y += line;
    }
}

void draw(cv::Mat& picture, const Drawn& face, int pen) {
    const int thin = std::max(1, pen / 2);
    cv::rectangle(picture, face.box, kBox.bgr(), pen, cv::LINE_AA);
    for (std::size_t i = 0; i < kAxes.size() && !face.landmarks.empty(); ++i)
        cv::line(picture, face.origin, face.axes.at(i), kAxes.at(i).second.bgr(), pen, cv::LINE_AA);
    const int radius =
        std::clamp(static_cast<int>(face.box.width / 60), thin, 3 * pen);  // thirty must stay apart
    for (const auto& [name, at] : face.landmarks) {
        cv::circle(picture, at, radius + 1, cv::Scalar::all(0), cv::FILLED, cv::LINE_AA);
        cv::circle(picture, at, radius, part_of(name).colour.bgr(), cv::FILLED, cv::LINE_AA);
    }
    cv::putText(picture, fmt::format("{:.0f}", face.confidence),
                {std::max(static_cast<int>(face.box.x), 0),
                 std::max(static_cast<int>(face.box.y) - 2 * pen, 8 * pen)},
                cv::FONT_HERSHEY_SIMPLEX, 0.3 * pen, kBox.bgr(), thin, cv::LINE_AA);
    draw_captions(picture, face, pen);
}

/// The picture with what the colours mean below it.
cv::Mat with_legend(const cv::Mat& picture) {
    std::vector<std::pair<std::string_view, Colour>> entries;
    for (const Part& part : kParts) entries.emplace_back(part.name, part.colour);
    entries.insert(entries.end(), kAxes.begin(), kAxes.end());
    const double size = std::clamp(picture.cols / 1400.0, 0.32, 1.6);
    const int line = static_cast<int>(34 * size);
    const int gap = line / 2;
    std::vector<cv::Point> places;
    cv::Point at(gap, line);
    for (const auto& [name, colour] : entries) {
        const int width =
            2 * line + cv::getTextSize(std::string(name), cv::FONT_HERSHEY_SIMPLEX, size, 1, nullptr).width;
        if (at.x > gap && at.x + width > picture.cols) at = {gap, at.y + line};
        places.push_back(at);
        at.x += width;
    }
    cv::Mat out;
    cv::copyMakeBorder(picture, out, 0, at.y + gap, 0, 0, cv::BORDER_CONSTANT, cv::Scalar::all(24));
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const cv::Point place = places[i] + cv::Point(0, picture.rows);
        cv::circle(out, place + cv::Point(line / 3, -line / 5), line / 4, entries[i].second.bgr(), cv::FILLED,
                   cv::LINE_AA);
        cv::putText(out, std::string(entries[i].first), place + cv::Point(line, 0), cv::FONT_HERSHEY_SIMPLEX,
                    size, cv::Scalar::all(235), 1, cv::LINE_AA);
    }
    return out;
}

std::string to_svg(const Bytes& png, cv::Size size, const std::vector<Drawn>& faces) {
    std::string out = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\">"
        "<image width=\"{0}\" height=\"{1}\" href=\"data:image/png;base64,{2}\"/>\n",
        size.width, size.height, to_base64(png));
    const double pen = std::max(1.0, std::max(size.width, size.height) / 800.0);
    for (const Drawn& face : faces) {
        out += fmt::format(
            "<g stroke-width=\"{:.1f}\" fill=\"none\"><rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
            "height=\"{:.1f}\" stroke=\"{}\"><title>face, confidence {:.1f}</title></rect>\n",
            pen, face.box.x, face.box.y, face.box.width, face.box.height, kBox.css(), face.confidence);
        for (std::size_t i = 0; i < kAxes.size() && !face.landmarks.empty(); ++i)
            out += fmt::format(
                "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\">"
                "<title>{}</title></line>\n",
                face.origin.x, face.origin.y, face.axes.at(i).x, face.axes.at(i).y, kAxes.at(i).second.css(),
                kAxes.at(i).first);
        const double radius = std::clamp(face.box.width / 60, pen, 4 * pen);
        for (const auto& [name, at] : face.landmarks)
            out += fmt::format(
                "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"{}\" stroke=\"#000\" "
                "stroke-width=\"{:.1f}\"><title>{}</title></circle>\n",
                at.x, at.y, radius, part_of(name).colour.css(), radius / 4, name);
        const int line = static_cast<int>(14 * pen);
        cv::Point at = below_box(face, size, line);
        for (const std::string& text : face.captions) {
            out += fmt::format(
                "<text x=\"{}\" y=\"{}\" font-family=\"sans-serif\" font-size=\"{}\" fill=\"{}\" "
                "stroke=\"#000\" "
                "stroke-width=\"{:.1f}\" paint-order=\"stroke\">{}</text>\n",
                at.x, at.y, line, kBox.css(), 2 * pen, text);
            at.y += line;
        }
        out += "</g>\n";
    }
    return out + "</svg>\n";
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
    std::vector<Drawn> drawn;
    drawn.reserve(faces.size());
    for (const auto& face : faces) drawn.push_back(in_pixels(face.as_object(), canvas.size()));
    if (out.ends_with(".svg")) {
        const auto png = image::encode_png(canvas.cols, canvas.rows, pixels);
        if (!png) return std::unexpected(png.error());
        const std::string svg = to_svg(*png, canvas.size(), drawn);
        return replace_file(out, as_bytes(svg));
    }
    for (const Drawn& face : drawn) draw(canvas, face, std::max(2, std::max(canvas.cols, canvas.rows) / 500));
    const bool colours =
        std::ranges::any_of(drawn, [](const Drawn& face) { return !face.landmarks.empty(); });
    const cv::Mat whole = colours ? with_legend(canvas) : canvas;
    const auto png = image::encode_png(whole.cols, whole.rows, {whole.data, whole.total() * 3});
    if (!png) return std::unexpected(png.error());
    return replace_file(out, *png);
}

}  // namespace visavis::app
