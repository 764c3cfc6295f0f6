// The tail of non-mated scores beyond the data: a generalised Pareto distribution fitted to the excesses over
// a high score (peaks over threshold; Coles, "An Introduction to Statistical Modeling of Extreme Values",
// 2001, chapter 4; the approach ISO/IEC 5152 describes for small samples).
#pragma once

#include <span>

namespace visavis::audit {

struct WeightedScore {
    double score{};
    double weight{1};
};

struct Tail {
    double start{};  ///< score above which it holds
    double share{};  ///< rate at `start`
    double scale{};  ///< σ
    double shape{};  ///< ξ

    /// Rate at `score` ≥ start.
    [[nodiscard]] double rate(double score) const noexcept;

    /// Score at which the rate is `wanted` ≤ share; +infinity if the tail ends before (ξ < 0).
    [[nodiscard]] double score_at(double wanted) const noexcept;
};

/// Bounds of the shape. Below −0.1 the fit would promise that no stranger ever scores beyond a near end.
inline constexpr double kLeastShape = -0.1;
inline constexpr double kMostShape = 0.3;

/// Maximum likelihood over shapes kLeastShape…kMostShape, by a fine grid: no start value, no divergence.
/// `excesses` over `start`, each ≥ 0 as score − start; at least two different ones, else an exponential of
/// scale 0+.
[[nodiscard]] Tail fit_tail(std::span<const WeightedScore> above, double start, double share);

}  // namespace visavis::audit
