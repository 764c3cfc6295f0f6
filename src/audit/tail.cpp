#include "audit/tail.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace visavis::audit {
namespace {

constexpr double kNearZero = 1e-9;  // shapes this small are an exponential

/// Weighted log-likelihood per unit of weight.
double likelihood(std::span<const WeightedScore> above, double start, double shape, double scale,
                  double weights) {
    double sum = 0;
    for (const auto& [score, weight] : above) {
        const double z = (score - start) / scale;
        if (std::abs(shape) < kNearZero) {
            sum -= weight * z;
            continue;
        }
        const double inside = 1 + shape * z;
        if (inside <= 0) return -std::numeric_limits<double>::infinity();
        sum -= weight * (1 + 1 / shape) * std::log(inside);
    }
    return sum / weights - std::log(scale);
}

/// The best scale for a shape, by golden section on its logarithm: the likelihood has one maximum in it.
double best_scale(std::span<const WeightedScore> above, double start, double shape, double mean,
                  double weights) {
    constexpr double kGolden = 0.6180339887498949;
    double low = std::log(mean / 8);
    double high = std::log(mean * 8);
    const auto at = [&](double x) { return likelihood(above, start, shape, std::exp(x), weights); };
    double a = high - kGolden * (high - low);
    double b = low + kGolden * (high - low);
    double fa = at(a);
    double fb = at(b);
    for (int i = 0; i < 32; ++i) {
        if (fa > fb) {
            high = b;
            b = a;
            fb = fa;
            a = high - kGolden * (high - low);
            fa = at(a);
        } else {
            low = a;
            a = b;
            fa = fb;
            b = low + kGolden * (high - low);
            fb = at(b);
        }
    }
    return std::exp((low + high) / 2);
}

}  // namespace

double Tail::rate(double score) const noexcept {
    const double z = std::max(0.0, score - start) / scale;
    if (std::abs(shape) < kNearZero) return share * std::exp(-z);
    const double inside = 1 + shape * z;
    return inside <= 0 ? 0 : share * std::pow(inside, -1 / shape);
}

double Tail::score_at(double wanted) const noexcept {
    if (wanted >= share) return start;
    if (std::abs(shape) < kNearZero) return start + scale * std::log(share / wanted);
    return start + scale / shape * (std::pow(wanted / share, -shape) - 1);
}

Tail fit_tail(std::span<const WeightedScore> above, double start, double share) {
    double weights = 0;
    double mean = 0;
    for (const auto& [score, weight] : above) {
        weights += weight;
        mean += weight * (score - start);
    }
    Tail best{.start = start, .share = share, .scale = 1e-6, .shape = 0};
    if (weights <= 0 || mean <= 0) return best;
    mean /= weights;
    double most = -std::numeric_limits<double>::infinity();
    constexpr int kSteps = 16;
    for (int i = 0; i <= kSteps; ++i) {
        const double shape = kLeastShape + (kMostShape - kLeastShape) * i / kSteps;
        const double scale = best_scale(above, start, shape, mean, weights);
        const double found = likelihood(above, start, shape, scale, weights);
        if (found > most) {
            most = found;
            best.scale = scale;
            best.shape = shape;
        }
    }
    return best;
}

}  // namespace visavis::audit
