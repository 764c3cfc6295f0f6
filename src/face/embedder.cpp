#include "face/embedder.h"

#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "face/geometry.h"

namespace visavis::face {

void fill_with_crop(const cv::Mat& crop, std::span<float> input) {
    std::array<cv::Mat, 3> channels;
    cv::split(crop, channels.data());
    float* plane = input.data();
    for (const std::size_t k : {2U, 1U, 0U}) {
        cv::Mat target(kCropSide, kCropSide, CV_32F, plane);
        channels[k].convertTo(target, CV_32F);
        plane += std::size_t{kCropSide} * kCropSide;
    }
}

Result<Embedder> Embedder::open(const infer::ModelFile& file, std::size_t dimension,
                                const infer::SessionOptions& options) {
    if (file.outputs.empty() || file.outputs.front().name.empty())
        return fail(ErrorCode::kInternal, "the manifest names no output of the embedder");
    auto session = infer::Session::open(file, options);
    if (!session) return std::unexpected(session.error());
    Embedder embedder(std::move(*session), file.outputs.front().name);
    // Run once now, not at the first request: shape and values are part of what the pack must get right.
    const auto first = embedder.embed(cv::Mat(kCropSide, kCropSide, CV_8UC3, cv::Scalar::all(127)));
    if (!first) return std::unexpected(first.error());
    if (first->size() != dimension)
        return fail(ErrorCode::kInternal,
                    fmt::format("`{}` gives {} numbers, the manifest's `dimension` is {}", file.path,
                                first->size(), dimension));
    return embedder;
}

Result<Template> Embedder::embed(const cv::Mat& crop) {
    fill_with_crop(crop, session_.input());
    if (const auto ran = session_.run(); !ran) return std::unexpected(ran.error());
    const auto values = session_.output(output_).values;
    double norm = 0;
    for (const float value : values) norm += double{value} * value;
    if (!(norm > 0) || !std::isfinite(norm))
        return fail(ErrorCode::kInternal, "the embedder gave no finite template");
    const auto scale = static_cast<float>(1 / std::sqrt(norm));
    Template vector(values.begin(), values.end());
    for (float& value : vector) value *= scale;
    return vector;
}

}  // namespace visavis::face
