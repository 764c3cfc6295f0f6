#include "match/synthetic.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>

namespace visavis::match {
namespace {

constexpr double kMeanNorm = 0.216;
constexpr double kEffectiveDimension = 93;
constexpr std::uint64_t kAxesSeed = 20260101;

std::uint64_t split_mix(std::uint64_t& state) {  // Steele, Lea, Flood 2014
    std::uint64_t z = (state += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

// (Σλ)²/Σλ² = dimension · (2/rate) · tanh(rate/2), solved for the rate; 0 where the dimension is below it.
double rate_for(double dimension) {
    double low = 0;
    double high = 2 * dimension;
    for (int i = 0; i < 100; ++i) {
        const double rate = (low + high) / 2;
        (dimension * 2 / rate * std::tanh(rate / 2) > kEffectiveDimension ? low : high) = rate;
    }
    return low;
}

// Walsh-Hadamard transform in place; orthonormal. The length is a power of two.
void hadamard(std::span<float> v) {
    for (std::size_t half = 1; half < v.size(); half *= 2)
        for (std::size_t start = 0; start < v.size(); start += 2 * half)
            for (std::size_t i = start; i < start + half; ++i) {
                const float a = v[i];
                const float b = v[i + half];
                v[i] = a + b;
                v[i + half] = a - b;
            }
    const float scale = 1 / std::sqrt(static_cast<float>(v.size()));
    for (float& x : v) x *= scale;
}

void to_unit_norm(std::span<float> v) {
    const double squares = std::accumulate(v.begin(), v.end(), 0.0,
                                           [](double sum, float x) { return sum + double{x} * double{x}; });
    const auto scale = static_cast<float>(1 / std::sqrt(squares));
    for (float& x : v) x *= scale;
}

}  // namespace

SyntheticTemplates::SyntheticTemplates(std::size_t dimension, std::uint64_t seed)
    : state_{split_mix(seed), split_mix(seed)}, deviations_(dimension) {
    const double rate = rate_for(static_cast<double>(dimension));
    double sum = 0;
    for (std::size_t i = 0; i < dimension; ++i) {
        const double variance = std::exp(-rate * static_cast<double>(i) / static_cast<double>(dimension));
        deviations_[i] = static_cast<float>(std::sqrt(variance));
        sum += variance;
    }
    for (float& deviation : deviations_) deviation /= static_cast<float>(std::sqrt(sum));
    mean_ = static_cast<float>(kMeanNorm /
                               std::sqrt((1 - kMeanNorm * kMeanNorm) * static_cast<double>(dimension)));
    std::uint64_t axes = kAxesSeed;
    for (auto& signs : signs_) {
        signs.resize(dimension);
        for (float& sign : signs) sign = split_mix(axes) % 2 == 0 ? 1.0F : -1.0F;
    }
}

std::uint64_t SyntheticTemplates::random() noexcept {  // xoroshiro128+, Blackman and Vigna 2018
    const std::uint64_t a = state_[0];
    std::uint64_t b = state_[1];
    const std::uint64_t result = a + b;
    b ^= a;
    state_[0] = std::rotl(a, 24) ^ b ^ (b << 16);
    state_[1] = std::rotl(b, 37);
    return result;
}

// The sum of four uniform numbers, of variance 1: near enough, as turn() sums many of them.
float SyntheticTemplates::gaussian() noexcept {
    const std::uint64_t bits = random();
    const auto sum = static_cast<std::int32_t>((bits & 0xFFFF) + (bits >> 16 & 0xFFFF) +
                                               (bits >> 32 & 0xFFFF) + (bits >> 48));
    return static_cast<float>(sum - 131'070) * (std::numbers::sqrt3_v<float> / 65'536);
}

// An orthogonal map that spreads every axis over all numbers.
void SyntheticTemplates::turn(std::span<float> v) const {
    const std::size_t power = std::bit_floor(v.size());
    for (const auto& [signs, start] :
         {std::pair(&signs_[0], std::size_t{0}), {&signs_[1], v.size() - power}}) {
        for (std::size_t i = 0; i < v.size(); ++i) v[i] *= (*signs)[i];
        hadamard(v.subspan(start, power));
    }
}

void SyntheticTemplates::next(std::span<float> into) {
    for (std::size_t i = 0; i < into.size(); ++i) into[i] = gaussian() * deviations_[i];
    turn(into);
    for (float& x : into) x += mean_;
    to_unit_norm(into);
}

void SyntheticTemplates::mate(std::span<const float> of, double similarity, std::span<float> into) {
    next(into);
    double along = 0;
    for (std::size_t i = 0; i < of.size(); ++i) along += double{of[i]} * double{into[i]};
    for (std::size_t i = 0; i < of.size(); ++i) into[i] -= static_cast<float>(along * double{of[i]});
    to_unit_norm(into);
    const auto across = static_cast<float>(std::sqrt(1 - similarity * similarity));
    for (std::size_t i = 0; i < of.size(); ++i)
        into[i] = static_cast<float>(similarity) * of[i] + across * into[i];
    to_unit_norm(into);
}

}  // namespace visavis::match
