// Rates by group, as every audit shows them: worst first, with the ratio of the worst to the best.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "audit/interval.h"
#include "audit/report.h"

namespace visavis::audit {

using Weights = std::vector<std::vector<std::uint8_t>>;  ///< of resamples()

/// A group's rate, and what it was in each resample of people.
struct GroupRate {
    std::string group;
    Rate rate;
    std::vector<double> resampled;
};

/// Of trials of people. Where nobody has more than one trial: Wilson's interval, or the rule of three. Else
/// the bootstrap over people, or three over their number.
[[nodiscard]] GroupRate rate_of_people(std::string group, std::span<const PersonCount> people,
                                       const Weights& weights, std::shared_ptr<const Composition> data);

/// Of pairs of `people` people: the bootstrap over people, with `drawn` pairs in each resample
/// (pairs_drawn()), or three over the number of people.
[[nodiscard]] GroupRate rate_of_pairs(std::string group, std::span<const PairEvent> events,
                                      std::uint64_t pairs, std::size_t people, std::span<const double> drawn,
                                      const Weights& weights, std::shared_ptr<const Composition> data);

/// Sorted so that the highest rate comes first and what is too few to say last.
void worst_first(std::vector<GroupRate>& rows);

/// Adds to the section, as a sentence and as a Differential, what rows that worst_first() sorted say: highest
/// and lowest group among those with at least kFewEvents events and their ratio; only a sentence if there are
/// too few events to compare. `threshold` begins the sentence.
void add_differential(Section& section, std::span<const GroupRate> rows, const std::string& what,
                      const std::string& threshold);

/// Table and chart of the rows. `what` names the rate.
[[nodiscard]] Table table_of(std::string id, std::string title, std::string what,
                             std::span<const GroupRate> rows);
[[nodiscard]] BarChart chart_of(std::string title, std::string what, std::span<const GroupRate> rows);

/// `80`, `57.14`.
[[nodiscard]] std::string plain(double threshold);

}  // namespace visavis::audit
