#include "thumbnails.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "base/bytes.h"
#include "base/file.h"
#include "base/limits.h"
#include "image/picture.h"
#include "image/png_writer.h"

namespace visavis::app {
namespace {

constexpr std::size_t kMostPairs = 60;
constexpr int kSide = 112;

/// The face with a quarter of its size around it, as a `data:` URI.
Result<std::string> thumbnail(const audit::LabelledPicture& labelled) {
    const auto bytes = read_file(labelled.path, limits::kStoredImageBytes);
    if (!bytes) return std::unexpected(bytes.error());
    const auto picture = image::decode(*bytes, {});
    if (!picture) return std::unexpected(picture.error());
    std::vector<std::uint8_t> pixels(picture->bgr(),
                                     picture->bgr() + static_cast<std::size_t>(picture->width()) *
                                                          static_cast<std::size_t>(picture->height()) * 3);
    const cv::Mat whole(picture->height(), picture->width(), CV_8UC3, pixels.data());
    cv::Rect2d wanted(0, 0, whole.cols, whole.rows);
    // What an endpoint found is known without its place: then the whole picture is shown.
    if (labelled.face != nullptr && labelled.face->face.box.width > 0) {
        const face::Box& box = labelled.face->face.box;
        const double width = double{box.width} * whole.cols;
        const double height = double{box.height} * whole.rows;
        const double side = 1.5 * std::max(width, height);
        wanted = {double{box.left} * whole.cols + (width - side) / 2,
                  double{box.top} * whole.rows + (height - side) / 2, side, side};
    }
    const cv::Rect inside = cv::Rect(wanted) & cv::Rect(0, 0, whole.cols, whole.rows);
    if (inside.empty()) return fail(ErrorCode::kInternal, "a face lies outside its picture");
    cv::Mat small;
    const double scale = static_cast<double>(kSide) / std::max(inside.width, inside.height);
    cv::resize(whole(inside), small, {}, scale, scale, cv::INTER_AREA);
    cv::Mat square(kSide, kSide, CV_8UC3, cv::Scalar(255, 255, 255));
    const cv::Rect place((kSide - std::min(small.cols, kSide)) / 2, (kSide - std::min(small.rows, kSide)) / 2,
                         std::min(small.cols, kSide), std::min(small.rows, kSide));
    small(cv::Rect(0, 0, place.width, place.height)).copyTo(square(place));
    const auto png =
        image::encode_png(kSide, kSide, std::span(square.data, static_cast<std::size_t>(kSide) * kSide * 3));
    if (!png) return std::unexpected(png.error());
    return "data:image/png;base64," + to_base64(*png);
}

}  // namespace

Result<void> add_thumbnails(audit::Section& section, const std::vector<audit::Match>& matches,
                            const audit::DataSet& probes, const audit::DataSet& gallery) {
    std::map<std::string, std::string> made;
    const auto of = [&](const audit::LabelledPicture& picture) -> Result<std::string> {
        if (const auto there = made.find(picture.path); there != made.end()) return there->second;
        auto image = thumbnail(picture);
        if (image) made[picture.path] = *image;
        return image;
    };
    for (std::size_t i = 0; i < std::min(kMostPairs, matches.size()); ++i) {
        const audit::LabelledPicture& left = probes.pictures[matches[i].probe];
        const audit::LabelledPicture& right = gallery.pictures[matches[i].gallery];
        auto one = of(left);
        if (!one) return std::unexpected(one.error());
        auto other = of(right);
        if (!other) return std::unexpected(other.error());
        section.pairs.push_back(
            {.left = std::move(*one),
             .right = std::move(*other),
             .left_name = left.file,
             .right_name = right.file,
             .caption = fmt::format("{} and {}: Similarity {:.2f}{}", left.file, right.file,
                                    matches[i].similarity, matches[i].same ? ", one person" : "")});
    }
    return {};
}

}  // namespace visavis::app
