#include "audit/interval.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace visavis::audit {
namespace {

constexpr double kZ = 1.959963984540054;  // 97.5th percentile of the normal distribution

/// Continued fraction of the regularised incomplete beta function, modified Lentz (Numerical Recipes §6.4
/// states the recurrence; DLMF 8.17.22).
double beta_fraction(double a, double b, double x) {
    constexpr double kTiny = 1e-300;
    constexpr int kTerms = 500;
    double c = 1;
    double d = 1 - (a + b) * x / (a + 1);
    d = 1 / (std::abs(d) < kTiny ? kTiny : d);
    double result = d;
    const auto step = [&](double term) {
        d = 1 + term * d;
        d = 1 / (std::abs(d) < kTiny ? kTiny : d);
        c = 1 + term / c;
        c = std::abs(c) < kTiny ? kTiny : c;
        result *= c * d;
        return std::abs(c * d - 1) < 1e-15;
    };
    for (int m = 1; m < kTerms; ++m) {
        step(m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)));
        if (step(-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)))) break;
    }
    return result;
}

/// P(X ≤ x) of a beta distribution.
double beta_probability(double a, double b, double x) {
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    const double front =
        std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x));
    if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

/// The x at which that probability is `wanted`, by bisection: 100 halvings reach the last bit.
double beta_quantile(double a, double b, double wanted) {
    double low = 0;
    double high = 1;
    for (int i = 0; i < 100; ++i) {
        const double middle = (low + high) / 2;
        (beta_probability(a, b, middle) < wanted ? low : high) = middle;
    }
    return (low + high) / 2;
}

}  // namespace

std::string_view name(IntervalMethod method) noexcept {
    switch (method) {
        case IntervalMethod::kWilson:
            return "wilson";
        case IntervalMethod::kClopperPearson:
            return "clopper-pearson";
        case IntervalMethod::kRuleOfThree:
            return "rule-of-three";
        case IntervalMethod::kBootstrap:
            return "bootstrap-people";
        case IntervalMethod::kRuleOfThreePeople:
            return "rule-of-three-people";
    }
    return "";
}

Interval wilson(std::uint64_t events, std::uint64_t trials) {
    if (trials == 0) return {};
    const auto n = static_cast<double>(trials);
    const double p = static_cast<double>(events) / n;
    const double centre = (p + kZ * kZ / (2 * n)) / (1 + kZ * kZ / n);
    const double half = kZ * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n)) / (1 + kZ * kZ / n);
    return {.low = events == 0 ? 0 : std::max(0.0, centre - half),
            .high = events == trials ? 1 : std::min(1.0, centre + half)};
}

Interval clopper_pearson(std::uint64_t events, std::uint64_t trials) {
    if (trials == 0) return {};
    const auto k = static_cast<double>(events);
    const auto n = static_cast<double>(trials);
    return {.low = events == 0 ? 0 : beta_quantile(k, n - k + 1, 0.025),
            .high = events == trials ? 1 : beta_quantile(k + 1, n - k, 0.975)};
}

Interval rule_of_three(std::uint64_t trials) {
    return {.low = 0, .high = trials == 0 ? 1 : std::min(1.0, 3 / static_cast<double>(trials))};
}

std::vector<std::vector<std::uint8_t>> resamples(std::size_t people, std::size_t count, std::uint64_t seed) {
    std::vector<std::vector<std::uint8_t>> rows(count, std::vector<std::uint8_t>(people, 0));
    if (people == 0) return rows;
    // std::uniform_int_distribution differs between libraries; the engine does not, nor does this
    // multiplication of its upper 32 bits.
    std::mt19937_64 engine(seed);
    for (auto& row : rows)
        for (std::size_t i = 0; i < people; ++i) {
            auto& weight = row[((engine() >> 32U) * people) >> 32U];
            if (weight < std::numeric_limits<std::uint8_t>::max()) ++weight;
        }
    return rows;
}

Interval percentiles(std::vector<double> values) {
    std::erase_if(values, [](double value) { return value < 0; });
    if (values.empty()) return {.low = 0, .high = 0};
    std::ranges::sort(values);
    const auto at = [&](double share) {
        const double place = share * static_cast<double>(values.size() - 1);
        const auto below = static_cast<std::size_t>(place);
        const std::size_t above = std::min(below + 1, values.size() - 1);
        return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
    };
    return {.low = at(0.025), .high = at(0.975)};
}

std::vector<double> pairs_drawn(std::span<const std::uint32_t> members,
                                std::span<const std::vector<std::uint8_t>> weights) {
    std::vector<double> drawn;
    drawn.reserve(weights.size());
    for (const auto& row : weights) {
        double sum = 0;
        double squares = 0;
        for (const std::uint32_t person : members) {
            const double weight = row[person];
            sum += weight;
            squares += weight * weight;
        }
        drawn.push_back((sum * sum - squares) / 2);
    }
    return drawn;
}

std::vector<double> resampled_pairs(std::span<const PairEvent> events, std::span<const double> drawn,
                                    std::span<const std::vector<std::uint8_t>> weights) {
    std::vector<double> rates;
    rates.reserve(weights.size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
        double hits = 0;
        for (const PairEvent& event : events) hits += weights[i][event.a] * weights[i][event.b];
        rates.push_back(drawn[i] > 0 ? hits / drawn[i] : -1);
    }
    return rates;
}

std::vector<double> resampled_people(std::span<const PersonCount> people,
                                     std::span<const std::vector<std::uint8_t>> weights) {
    std::vector<double> rates;
    rates.reserve(weights.size());
    for (const auto& row : weights) {
        double events = 0;
        double trials = 0;
        for (const PersonCount& count : people) {
            events += row[count.person] * static_cast<double>(count.events);
            trials += row[count.person] * static_cast<double>(count.trials);
        }
        rates.push_back(trials > 0 ? events / trials : -1);
    }
    return rates;
}

Interval ratio_interval(std::span<const double> above, std::span<const double> below) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < std::min(above.size(), below.size()); ++i)
        ratios.push_back(above[i] < 0 || below[i] <= 0 ? std::numeric_limits<double>::infinity()
                                                       : above[i] / below[i]);
    std::ranges::sort(ratios);
    if (ratios.empty()) return {.low = 0, .high = std::numeric_limits<double>::infinity()};
    // No interpolation: between a number and infinity there is none.
    const auto at = [&](double share) {
        return ratios[static_cast<std::size_t>(std::llround(share * static_cast<double>(ratios.size() - 1)))];
    };
    return {.low = at(0.025), .high = at(0.975)};
}

}  // namespace visavis::audit
