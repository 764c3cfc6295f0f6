#include "audit/synthetic_gallery.h"

#include <cmath>
#include <numbers>

namespace visavis::audit {
namespace {

std::uint64_t split_mix(std::uint64_t& state) {  // Steele, Lea, Flood 2014
    std::uint64_t z = (state += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

/// In (0, 1].
double uniform(std::uint64_t& state) {
    return (static_cast<double>(split_mix(state) >> 11U) + 1) * 0x1.0p-53;
}

/// Lower triangular L with L·Lᵀ = `covariance` (row-major), with a little added to the diagonal, so that a
/// gallery of few dimensions has one too.
std::vector<float> cholesky(std::vector<double> covariance, std::size_t n) {
    constexpr double kRidge = 1e-6;
    std::vector<float> factor(n * n, 0);
    for (std::size_t j = 0; j < n; ++j) {
        double diagonal = covariance[j * n + j] + kRidge;
        for (std::size_t k = 0; k < j; ++k) diagonal -= covariance[j * n + k] * covariance[j * n + k];
        const double root = std::sqrt(std::max(diagonal, kRidge));
        covariance[j * n + j] = root;
        for (std::size_t i = j + 1; i < n; ++i) {
            double sum = covariance[i * n + j];
            for (std::size_t k = 0; k < j; ++k) sum -= covariance[i * n + k] * covariance[j * n + k];
            covariance[i * n + j] = sum / root;
        }
    }
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j) factor[i * n + j] = static_cast<float>(covariance[i * n + j]);
    return factor;
}

}  // namespace

SyntheticGallery::SyntheticGallery(const Templates& real, std::uint64_t seed)
    : real_(real), seed_(seed), mean_(real.dimension(), 0.0F) {
    const std::size_t n = real.dimension();
    const auto count = static_cast<double>(real.size());
    std::vector<double> sums(n, 0);
    for (std::size_t i = 0; i < real.size(); ++i)
        for (std::size_t k = 0; k < n; ++k) sums[k] += double{real.vector(i)[k]};
    for (std::size_t k = 0; k < n; ++k) mean_[k] = static_cast<float>(sums[k] / count);
    std::vector<double> covariance(n * n, 0);
    std::vector<double> centred(n);
    for (std::size_t i = 0; i < real.size(); ++i) {
        for (std::size_t k = 0; k < n; ++k) centred[k] = double{real.vector(i)[k]} - double{mean_[k]};
        for (std::size_t a = 0; a < n; ++a)
            for (std::size_t b = 0; b <= a; ++b) covariance[a * n + b] += centred[a] * centred[b];
    }
    for (double& value : covariance) value /= count;
    factor_ = cholesky(std::move(covariance), n);
}

std::uint32_t SyntheticGallery::make(std::uint64_t index, std::span<float> into) const {
    const std::size_t n = mean_.size();
    std::uint64_t state = seed_ ^ (index * 0xD1B54A32D192ED03);
    split_mix(state);
    const auto chosen = static_cast<std::uint32_t>(((split_mix(state) >> 32U) * real_.size()) >> 32U);
    const std::span<const float> model = real_.vector(chosen);
    std::vector<float> noise(n + 1);
    for (std::size_t k = 0; k < n; k += 2) {  // Box and Muller, 1958
        const double radius = std::sqrt(-2 * std::log(uniform(state)));
        const double angle = 2 * std::numbers::pi * uniform(state);
        noise[k] = static_cast<float>(radius * std::cos(angle));
        noise[k + 1] = static_cast<float>(radius * std::sin(angle));
    }
    const auto half = static_cast<float>(std::numbers::sqrt2 / 2);
    double squares = 0;
    for (std::size_t i = 0; i < n; ++i) {
        float moved = 0;
        for (std::size_t k = 0; k <= i; ++k) moved += factor_[i * n + k] * noise[k];
        into[i] = mean_[i] + half * (model[i] - mean_[i]) + half * moved;
        squares += double{into[i]} * double{into[i]};
    }
    const auto scale = static_cast<float>(1 / std::sqrt(squares));
    for (float& x : into) x *= scale;
    return chosen;
}

}  // namespace visavis::audit
