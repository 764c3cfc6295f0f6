#include "audit/groups.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace visavis::audit {

GroupRate rate_of_people(std::string group, std::span<const PersonCount> people, const Weights& weights,
                         std::shared_ptr<const Composition> data) {
    std::uint64_t events = 0;
    std::uint64_t trials = 0;
    bool independent = true;
    for (const PersonCount& count : people) {
        events += count.events;
        trials += count.trials;
        independent = independent && count.trials <= 1;
    }
    std::vector<double> resampled = resampled_people(people, weights);
    if (independent)
        return {.group = std::move(group),
                .rate = Rate::of_trials(events, trials, std::move(data)),
                .resampled = std::move(resampled)};
    // Resampling people who are all alike says nothing.
    const bool none = events == 0;
    const bool all = events == trials;
    const Interval three = rule_of_three(people.size());
    const Interval interval = none  ? three
                              : all ? Interval{.low = 1 - three.high, .high = 1}
                                    : percentiles(resampled);
    return {
        .group = std::move(group),
        .rate = Rate::of_pairs(events, trials, interval,
                               none || all ? IntervalMethod::kRuleOfThreePeople : IntervalMethod::kBootstrap,
                               std::move(data)),
        .resampled = std::move(resampled)};
}

GroupRate rate_of_pairs(std::string group, std::span<const PairEvent> events, std::uint64_t pairs,
                        std::size_t people, std::span<const double> drawn, const Weights& weights,
                        std::shared_ptr<const Composition> data) {
    const bool none = events.empty();
    std::vector<double> resampled = resampled_pairs(events, drawn, weights);
    const Interval interval = none ? rule_of_three(people) : percentiles(resampled);
    return {.group = std::move(group),
            .rate = Rate::of_pairs(events.size(), pairs, interval,
                                   none ? IntervalMethod::kRuleOfThreePeople : IntervalMethod::kBootstrap,
                                   std::move(data)),
            .resampled = std::move(resampled)};
}

void worst_first(std::vector<GroupRate>& rows) {
    std::ranges::stable_sort(rows, std::greater<>{},
                             [](const GroupRate& row) { return row.rate.value().value_or(-1); });
}

void add_differential(Section& section, std::span<const GroupRate> rows, const std::string& what,
                      const std::string& threshold) {
    std::vector<const GroupRate*> sure;
    for (const GroupRate& row : rows)
        if (!row.rate.too_few() && row.rate.events() >= kFewEvents) sure.push_back(&row);
    if (sure.size() < 2) {
        section.sentences.push_back(fmt::format(
            "Threshold {}. Too few events to compare the {} between groups: fewer than two groups "
            "have {}.",
            threshold, what, kFewEvents));
        return;
    }
    const GroupRate& worst = *sure.front();
    const GroupRate& best = *sure.back();
    double logarithms = 0;
    for (const GroupRate* row : sure) logarithms += std::log(*row->rate.value());
    const double mean = std::exp(logarithms / static_cast<double>(sure.size()));
    const Interval ratio = ratio_interval(worst.resampled, best.resampled);
    const Differential made{.what = what,
                            .threshold = threshold,
                            .worst = worst.group,
                            .best = best.group,
                            .ratio = *worst.rate.value() / *best.rate.value(),
                            .low = ratio.low,
                            .high = ratio.high,
                            .over_geometric_mean = *worst.rate.value() / mean,
                            .groups = sure.size()};
    section.sentences.push_back(fmt::format(
        "Threshold {}. Highest {}: {}, {}. Lowest: {}, {}. Worst over best {:.1f} (95 %: {:.1f} to {}), "
        "worst "
        "over geometric mean {:.1f}, among the {} groups with at least {} events.",
        threshold, what, made.worst, worst.rate.sentence(), made.best, best.rate.sentence(), made.ratio,
        made.low, std::isfinite(made.high) ? fmt::format("{:.1f}", made.high) : "no bound",
        made.over_geometric_mean, made.groups, kFewEvents));
    section.differentials.push_back(made);
}

Table table_of(std::string id, std::string title, std::string what, std::span<const GroupRate> rows) {
    Table table{.id = std::move(id),
                .title = std::move(title),
                .columns = {"Group", std::move(what)},
                .rows = {},
                .higher = {Higher::kSaysNothing, Higher::kIsWorse}};
    for (const GroupRate& row : rows) table.rows.push_back({row.group, row.rate});
    return table;
}

BarChart chart_of(std::string title, std::string what, std::span<const GroupRate> rows) {
    BarChart chart{.title = std::move(title), .axis = std::move(what), .bars = {}};
    for (const GroupRate& row : rows) chart.bars.emplace_back(row.group, row.rate);
    return chart;
}

std::string plain(double threshold) {
    return fmt::format("{:g}", threshold);
}

}  // namespace visavis::audit
