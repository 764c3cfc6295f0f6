#include "face/attribute_head.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "face/embedder.h"
#include "face/geometry.h"

namespace visavis::face {
namespace {

const std::vector<infer::InnerOutput> kLayers = {{.name = "conv_12_relu", .cells = 2},
                                                 {.name = "conv_13_relu", .cells = 1},
                                                 {.name = "conv_14_relu", .cells = 2}};

// The teacher's order (FER-2013): angry, disgusted, afraid, happy, sad, surprised, neutral.
constexpr std::array<std::string_view, 7> kEmotions = {"ANGRY", "DISGUSTED", "FEAR", "HAPPY",
                                                       "SAD",   "SURPRISED", "CALM"};

// Years at which FairFace's nine bands begin; the last is given an end for interpolation only.
constexpr std::array<float, 10> kBandStarts = {0, 3, 10, 20, 30, 40, 50, 60, 70, 90};

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
    // As wide as the middle 75 % of the distribution: 82 % of 1,681 faces of the calibration part lay within
    // (training/attributes/ages.py). Around the median, so that the middle of the range says the likely age.
    constexpr float kTail = 0.125F;
    const float middle = quantile(bands, 0.5F);
    const float half = (quantile(bands, 1 - kTail) - quantile(bands, kTail)) / 2;
    const auto years = [](float age) {
        return static_cast<int>(std::lround(std::clamp(age, 0.0F, kBandStarts.back())));
    };
    return {.low = years(middle - half), .high = years(middle + half)};
}

Result<AttributeHead> AttributeHead::open(const infer::ModelFile& embedder, const infer::ModelFile& head,
                                          const infer::SessionOptions& options) {
    infer::SessionOptions cut = options;
    cut.outputs = kLayers;
    auto trunk = infer::Session::open(embedder, cut);
    if (!trunk) return std::unexpected(trunk.error());
    auto opened = infer::Session::open(head, options);
    if (!opened) return std::unexpected(opened.error());
    return AttributeHead(std::move(*trunk), std::move(*opened));
}

Result<HeadAnswer> AttributeHead::answer(const cv::Mat& crop) {
    fill_with_crop(crop, trunk_.input());
    if (const auto ran = trunk_.run(); !ran) return std::unexpected(ran.error());
    auto out = head_.input().begin();
    for (const infer::InnerOutput& layer : kLayers)
        out = std::ranges::copy(trunk_.output(layer.name).values, out).out;
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
