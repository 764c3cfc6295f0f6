#include "match/fusion.h"

#include <algorithm>
#include <cmath>

#include "match/compare.h"

namespace visavis::match {
namespace {

// A template whose cosine with the mean of the others is this far below the median of such cosines is a
// stranger's: 0.35 is more than the spread within a person and less than the distance between two.
constexpr double kOutlier = 0.35;

std::vector<double> sum_of(std::span<const std::span<const float>> templates) {
    std::vector<double> sum(templates.front().size());
    for (const auto& one : templates)
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += double{one[i]};
    return sum;
}

std::vector<float> normalised_to_one(std::span<const double> sum, std::span<const float> fallback) {
    double squares = 0;
    for (const double value : sum) squares += value * value;
    const double norm = std::sqrt(squares);
    if (norm < 1e-6) return {fallback.begin(), fallback.end()};  // opposite templates: no mean to speak of
    std::vector<float> unit(sum.size());
    for (std::size_t i = 0; i < sum.size(); ++i) unit[i] = static_cast<float>(sum[i] / norm);
    return unit;
}

/// Each template's cosine with the mean of all others.
std::vector<double> agreement(std::span<const std::span<const float>> templates) {
    const std::vector<double> sum = sum_of(templates);
    std::vector<double> cosines;
    cosines.reserve(templates.size());
    for (const auto& one : templates) {
        std::vector<double> others = sum;
        for (std::size_t i = 0; i < others.size(); ++i) others[i] -= double{one[i]};
        cosines.push_back(cosine(one, normalised_to_one(others, one)));
    }
    return cosines;
}

}  // namespace

std::vector<float> fuse(std::span<const std::span<const float>> templates) {
    std::vector<std::span<const float>> kept(templates.begin(), templates.end());
    // One at a time, the worst first: the mean that the next is judged by is then without it.
    while (kept.size() > 2) {
        const std::vector<double> cosines = agreement(kept);
        std::vector<double> sorted = cosines;
        std::ranges::sort(sorted);
        const auto worst = std::ranges::min_element(cosines);
        if (*worst > sorted[sorted.size() / 2] - kOutlier) break;
        kept.erase(kept.begin() + (worst - cosines.begin()));
    }
    return normalised_to_one(sum_of(kept), kept.front());
}

}  // namespace visavis::match
