#include "face/attribute_head.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "face/embedder.h"
#include "face/geometry.h"

namespace visavis::face {
namespace {

struct Layer {
    const char* name;
    std::size_t cells;  // a side
};
constexpr std::array<Layer, 3> kLayers = {{{"conv_12_relu", 2}, {"conv_13_relu", 1}, {"conv_14_relu", 2}}};

// The teacher's order (FER-2013): angry, disgusted, afraid, happy, sad, surprised, neutral.
constexpr std::array<std::string_view, 7> kEmotions = {"ANGRY", "DISGUSTED", "FEAR", "HAPPY",
                                                       "SAD",   "SURPRISED", "CALM"};

// Years at which FairFace's nine bands begin; the last is given an end for interpolation only.
constexpr std::array<float, 10> kBandStarts = {0, 3, 10, 20, 30, 40, 50, 60, 70, 90};

/// Means over cells×cells parts of each channel; a rest of rows and columns that no part holds is left out.
float* average(const infer::Tensor& map, std::size_t cells, float* out) {
    const auto channels = static_cast<std::size_t>(map.shape[1]);
    const auto side = static_cast<std::size_t>(map.shape[2]);
    const std::size_t part = side / cells;
    for (std::size_t channel = 0; channel < channels; ++channel) {
        const float* plane = map.values.data() + channel * side * side;
        for (std::size_t v = 0; v < cells; ++v)
            for (std::size_t u = 0; u < cells; ++u) {
                float sum = 0;
                for (std::size_t y = v * part; y < (v + 1) * part; ++y)
                    for (std::size_t x = u * part; x < (u + 1) * part; ++x) sum += plane[y * side + x];
                *out++ = sum / static_cast<float>(part * part);
            }
    }
    return out;
}

/// Years below which a share `q` of the distribution lies.
float quantile(std::span<const float> bands, float q) {
    float below = 0;
    for (std::size_t i = 0; i < bands.size(); ++i) {
        if (below + bands[i] >= q && bands[i] > 0)
            return kBandStarts[i] + (q - below) / bands[i] * (kBandStarts[i + 1] - kBandStarts[i]);
        below += bands[i];
    }
    return kBandStarts.back();
}

}  // namespace

AgeRange age_range(std::span<const float> bands) {
    const int low = std::max(0, static_cast<int>(std::floor(quantile(bands, 0.1F))));
    return {.low = low, .high = std::max(low, static_cast<int>(std::ceil(quantile(bands, 0.9F))))};
}

Result<AttributeHead> AttributeHead::open(const infer::ModelFile& embedder, const infer::ModelFile& head,
                                          const infer::SessionOptions& options) {
    infer::SessionOptions cut = options;
    for (const Layer& layer : kLayers) cut.outputs.emplace_back(layer.name);
    auto trunk = infer::Session::open(embedder, cut);
    if (!trunk) return std::unexpected(trunk.error());
    auto opened = infer::Session::open(head, options);
    if (!opened) return std::unexpected(opened.error());
    return AttributeHead(std::move(*trunk), std::move(*opened));
}

Result<HeadAnswer> AttributeHead::answer(const cv::Mat& crop) {
    fill_with_crop(crop, trunk_.input());
    if (const auto ran = trunk_.run(); !ran) return std::unexpected(ran.error());
    float* out = head_.input().data();
    for (const Layer& layer : kLayers) out = average(trunk_.output(layer.name), layer.cells, out);
    if (const auto ran = head_.run(); !ran) return std::unexpected(ran.error());

    const float female = head_.output("female").values.front();
    HeadAnswer answer{.gender = {.female = female >= 0.5F, .confidence = 100 * std::max(female, 1 - female)},
                      .age = age_range(head_.output("age").values),
                      .emotions = {}};
    const auto expression = head_.output("expression").values;
    for (std::size_t i = 0; i < kEmotions.size(); ++i)
        answer.emotions.push_back({.type = kEmotions[i], .confidence = 100 * expression[i]});
    return answer;
}

}  // namespace visavis::face
