// Confidence intervals for error rates, all at 95 %, all two-sided unless said otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace visavis::audit {

struct Interval {
    double low{};
    double high{1};
};

/// How an interval was made; report.json names it.
enum class IntervalMethod {
    kWilson,             ///< independent trials
    kClopperPearson,     ///< independent trials, guaranteed coverage
    kRuleOfThree,        ///< no event in n independent trials: at most 3/n
    kBootstrap,          ///< resampling people, because pairs share faces
    kRuleOfThreePeople,  ///< no event among pairs: at most 3/n with n the number of people, since a pair is
                         ///< not a trial
};

[[nodiscard]] std::string_view name(IntervalMethod method) noexcept;

/// Wilson's score interval (Wilson, 1927) for `events` of `trials` independent trials. 0…1 for no trial.
[[nodiscard]] Interval wilson(std::uint64_t events, std::uint64_t trials);

/// Clopper and Pearson's interval (1934): the beta quantiles. 0…1 for no trial.
[[nodiscard]] Interval clopper_pearson(std::uint64_t events, std::uint64_t trials);

/// At most 3/n at 95 % when nothing was seen in n trials (Hanley and Lippman-Hand, 1983), never above 1.
[[nodiscard]] Interval rule_of_three(std::uint64_t trials);

/// A weight for each of `people`: how often a resample with replacement drew that person. Row r of the result
/// is resample r; the same seed gives the same weights on every machine.
[[nodiscard]] std::vector<std::vector<std::uint8_t>> resamples(std::size_t people, std::size_t count,
                                                               std::uint64_t seed);

/// 2.5th and 97.5th percentile of the values that are not negative (linear interpolation). 0…0 for none.
[[nodiscard]] Interval percentiles(std::vector<double> values);

/// A pair of two people that counted as an event.
struct PairEvent {
    std::uint32_t a{};
    std::uint32_t b{};
};

/// Pairs of `members`, all with all, that each resample holds: Σ w_a·w_b.
[[nodiscard]] std::vector<double> pairs_drawn(std::span<const std::uint32_t> members,
                                              std::span<const std::vector<std::uint8_t>> weights);

/// Share of those pairs that are events, in each resample: with w the weights of a resample, Σ_events w_a·w_b
/// over Σ_{pairs} w_a·w_b; −1 where none was drawn. Without an event this says nothing: take the rule of
/// three on the number of people, which is far wider than on pairs, and honest.
[[nodiscard]] std::vector<double> resampled_pairs(std::span<const PairEvent> events,
                                                  std::span<const double> drawn,
                                                  std::span<const std::vector<std::uint8_t>> weights);

/// What was counted of one person.
struct PersonCount {
    std::uint32_t person{};
    std::uint64_t events{};
    std::uint64_t trials{};
};

/// Share of trials that are events in each resample: Σ w·events over Σ w·trials; −1 where nobody was drawn.
[[nodiscard]] std::vector<double> resampled_people(std::span<const PersonCount> people,
                                                   std::span<const std::vector<std::uint8_t>> weights);

/// Interval of the ratio of two rates from the same resamples. Resamples without a value of either, or with a
/// rate of 0 below the line, are taken as the highest ratio: they say that the best may have been lucky.
[[nodiscard]] Interval ratio_interval(std::span<const double> above, std::span<const double> below);

}  // namespace visavis::audit
