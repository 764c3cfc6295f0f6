#include "match/index/codes.h"

#include <algorithm>
#include <cmath>

namespace visavis::match {
namespace {

void set_nibble(std::vector<std::uint8_t>& bytes, std::size_t number, unsigned value) {
    std::uint8_t& byte = bytes[number / 8 * 4 + number % 4];
    byte = static_cast<std::uint8_t>(byte | (number % 8 < 4 ? value : value << 4));
}

}  // namespace

Codec::Codec(std::size_t dimension)
    : dimension_(dimension),
      groups_((dimension + 31) / 32 * 4),
      slack_unit_(8 * kScaleUnit * std::sqrt(static_cast<double>(dimension)) / 255),
      half_step_(0.5 * kScaleUnit * std::sqrt(static_cast<double>(dimension))) {}

void Codec::encode(std::span<const float> row, RowCodes& into) const {
    double largest = 0;
    for (const float x : row) largest = std::max(largest, std::abs(double{x}));
    const double scale = std::clamp(std::ceil(largest / kLargestNorm * 255), 1.0, 255.0);
    const double step = scale * kScaleUnit;
    into.high.assign(low_bytes(), 0);
    into.low.assign(low_bytes(), 0);
    double squares = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
        const auto code =
            static_cast<unsigned>(std::clamp(std::floor(double{row[i]} / step + kMiddle + 0.5), 0.0, 255.0));
        set_nibble(into.high, i, code >> 4);
        set_nibble(into.low, i, code & 15);
        const double lost = double{row[i]} - ((code >> 4) - 7.5) * 16 * step;
        squares += lost * lost;
    }
    into.scale = static_cast<std::uint8_t>(scale);
    into.slack = static_cast<std::uint8_t>(
        std::clamp(std::ceil(std::sqrt(squares) * (1 + 1e-9) / (slack_unit_ * scale)), 0.0, 255.0));
}

float Codec::unit_of(std::span<const float> query) noexcept {
    float largest = 0;
    for (const float x : query) largest = std::max(largest, std::abs(x));
    return largest / 127;
}

Codec::QueryCodes Codec::encode_query(std::span<const float> query, float unit) const {
    QueryCodes codes;
    codes.low.resize(low_bytes());
    codes.high.resize(low_bytes());
    codes.unit = std::max(unit, unit_of(query));
    double squares = 0;
    double lost = 0;
    for (std::size_t i = 0; i < query.size(); ++i) {
        const double code = std::clamp(std::round(double{query[i]} / double{codes.unit}), -127.0, 127.0);
        auto& half = i % 8 < 4 ? codes.low : codes.high;
        half[i / 8 * 4 + i % 4] = static_cast<std::int8_t>(code);
        codes.sum += static_cast<std::int32_t>(code);
        const double back = code * double{codes.unit};
        squares += back * back;
        lost += (double{query[i]} - back) * (double{query[i]} - back);
    }
    codes.norm = std::sqrt(squares);
    codes.error = std::sqrt(lost);
    return codes;
}

kernels::Cut Codec::cut_of(const QueryCodes& query) const noexcept {
    return {.bias = -7.5F * static_cast<float>(query.sum),
            .gain = static_cast<float>(16 * kScaleUnit * double{query.unit}),
            .slack_gain = static_cast<float>(slack_unit_ * query.norm),
            .cut = 0,
            .rest = static_cast<float>(query.error * kLargestNorm + kRounding),
            .weight = 0,
            .offset = 0};
}

}  // namespace visavis::match
