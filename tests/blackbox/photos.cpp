#include "photos.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "base/file.h"
#include "base/limits.h"
#include "infer/model_pack.h"
#include "match/compare.h"
#include "match/score_normalisation.h"

namespace visavis::blackbox {
namespace {

template <typename T>
T require(Result<T> result) {
    if (result) return std::move(*result);
    fmt::print(stderr, "the default pack cannot be opened: {}\n", result.error().message);
    std::exit(EXIT_FAILURE);
}

const infer::ModelPack& pack() {
    static const infer::ModelPack opened =
        require(infer::ModelPack::open(VISAVIS_SOURCE_DIR "/models/default"));
    return opened;
}

}  // namespace

const std::string& data_root() {
    static const std::string root = VISAVIS_SOURCE_DIR "/../shared/data/";
    return root;
}

bool has_photographs(const std::string& folder) {
    return std::filesystem::is_directory(data_root() + folder);
}

const face::Pipeline& pipeline() {
    static const auto opened = require(face::Pipeline::open(pack(), {}));
    return *opened;
}

const match::SimilarityScale& scale() {
    static const auto opened = require(match::SimilarityScale::load(pack().calibration));
    return opened;
}

double score(const face::Template& a, const face::Template& b) {
    static const auto normaliser = require(match::normaliser_of(pack().normalisation, pack().dimension));
    if (a.empty() || b.empty()) return std::numeric_limits<double>::lowest();
    return match::normalised(match::cosine(a, b), normaliser.of(a), normaliser.of(b));
}

std::vector<Row> table(const std::string& file) {
    std::ifstream stream(data_root() + file);
    std::vector<std::string> names;
    std::vector<Row> rows;
    for (std::string line; std::getline(stream, line);) {
        if (line.ends_with('\r')) line.pop_back();
        std::istringstream fields(line);
        std::vector<std::string> values;
        for (std::string value; std::getline(fields, value, ',');) values.push_back(value);
        if (names.empty()) {
            names = values;
            continue;
        }
        values.resize(names.size());
        Row& row = rows.emplace_back();
        for (std::size_t i = 0; i < names.size(); ++i) row[names[i]] = values[i];
    }
    return rows;
}

std::vector<std::string> files(const std::string& folder) {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data_root() + folder))
        if (entry.is_regular_file())
            found.push_back(std::filesystem::relative(entry.path(), data_root()).string());
    std::ranges::sort(found);
    return found;
}

Result<image::Picture> decode(const std::string& file) {
    const auto bytes = read_file(data_root() + file, limits::kStoredImageBytes);
    if (!bytes) return std::unexpected(bytes.error());
    return image::decode(*bytes, {});
}

image::Picture picture(const cv::Mat& bgr) {
    std::vector<std::uint8_t> bytes(bgr.total() * 3);
    bgr.copyTo(cv::Mat(bgr.size(), CV_8UC3, bytes.data()));
    return {bgr.cols, bgr.rows, std::move(bytes), bgr.cols, bgr.rows};
}

cv::Mat pixels(const image::Picture& picture) {
    cv::Mat copy(picture.height(), picture.width(), CV_8UC3);
    std::memcpy(copy.data, picture.bgr(), copy.total() * 3);
    return copy;
}

cv::Mat rolled(const cv::Mat& bgr, double degrees) {
    const cv::Point2f middle(static_cast<float>(bgr.cols) / 2, static_cast<float>(bgr.rows) / 2);
    cv::Mat out;
    cv::warpAffine(bgr, out, cv::getRotationMatrix2D(middle, -degrees, 0.7), bgr.size(), cv::INTER_AREA,
                   cv::BORDER_REPLICATE);
    return out;
}

face::Template embed(const image::Picture& picture, Pick pick) {
    const auto faces = pipeline().detect(picture);
    if (!faces || faces->empty()) return {};
    const auto distance = [](const face::Face& face) {
        return std::hypot(face.box.left + face.box.width / 2 - 0.5F,
                          face.box.top + face.box.height / 2 - 0.5F);
    };
    const auto chosen =
        pick == Pick::kLargest ? faces->begin() : std::ranges::min_element(*faces, {}, distance);
    const auto vectors = pipeline().embed(picture, std::span(&*chosen, 1));
    return vectors ? vectors->front() : face::Template{};
}

face::Template embed(const std::string& file, Pick pick) {
    const auto decoded = decode(file);
    return decoded ? embed(*decoded, pick) : face::Template{};
}

std::string rate(std::size_t hits, std::size_t count) {
    if (count == 0) return "none";
    constexpr double kZ = 1.96;
    const auto n = static_cast<double>(count);
    const double p = static_cast<double>(hits) / n;
    const double middle = (p + kZ * kZ / (2 * n)) / (1 + kZ * kZ / n);
    const double half = kZ / (1 + kZ * kZ / n) * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n));
    return fmt::format("{:.2f} % ({:.2f} to {:.2f}; {} of {})", 100 * p, 100 * (middle - half),
                       100 * (middle + half), hits, count);
}

}  // namespace visavis::blackbox
