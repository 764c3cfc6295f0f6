#include "audit/calibrate.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "audit/interval.h"
#include "audit/rate.h"
#include "audit/tail.h"
#include "base/bytes.h"
#include "base/digest.h"

namespace visavis::audit {
namespace {

constexpr std::size_t kPoints = 160;
constexpr double kLowestRate = 1e-8;     // where the curve ends
constexpr double kBootstrapFrom = 0.02;  // pooled rate below which intervals are resampled
constexpr double kTailEvents = 150;  // effective number of events that the tail is fitted to, if there are

struct Pair {
    float score{};
    std::uint32_t a{};
    std::uint32_t b{};
};

struct Group {
    std::size_t people{};
    double pairs{};
    std::vector<PositionPair> copies;  // none of the pairs
    std::vector<float> scores;         // all, descending
    std::vector<Pair> events;          // those above the bootstrap's start, descending
};

Group measure(const CalibrationGroup& from, std::size_t threads) {
    Group group;
    group.people = from.templates.size();
    group.pairs = static_cast<double>(group.people) * static_cast<double>(group.people - 1) / 2 -
                  static_cast<double>(from.copies.size());
    group.copies = from.copies;
    std::vector<std::vector<float>> rows(group.people);
    score_rows(from.templates, from.templates, threads,
               [&](std::size_t /*worker*/, std::size_t row, std::span<const float> scores) {
                   rows[row].assign(scores.begin() + static_cast<std::ptrdiff_t>(row) + 1, scores.end());
               });
    for (std::uint32_t a = 0; a < rows.size(); ++a) {
        for (std::uint32_t j = 0; j < rows[a].size(); ++j)
            if (!std::ranges::binary_search(from.copies, PositionPair(a, a + 1 + j)))
                group.events.push_back({.score = rows[a][j], .a = a, .b = a + 1 + j});
        rows[a] = {};
    }
    std::ranges::stable_sort(group.events, std::greater<>{}, &Pair::score);
    group.scores.reserve(group.events.size());
    for (const Pair& pair : group.events) group.scores.push_back(pair.score);
    return group;
}

double events_at(const Group& group, double score) {
    // Ascending in "not ≥ score": scores are descending.
    const auto end = std::ranges::partition_point(group.scores, [&](float s) { return double{s} >= score; });
    return static_cast<double>(end - group.scores.begin());
}

double pooled(const std::vector<Group>& groups, double score) {
    double sum = 0;
    for (const Group& group : groups) sum += events_at(group, score) / group.pairs;
    return sum / static_cast<double>(groups.size());
}

/// The lowest score at which the pooled rate is at most `rate`.
double score_of_rate(const std::vector<Group>& groups, double rate) {
    double low = groups.front().scores.back();
    double high = groups.front().scores.front();
    for (const Group& group : groups) {
        low = std::min(low, double{group.scores.back()});
        high = std::max(high, double{group.scores.front()});
    }
    high += 1e-3;
    for (int i = 0; i < 60; ++i) {
        const double middle = (low + high) / 2;
        (pooled(groups, middle) > rate ? low : high) = middle;
    }
    return high;
}

/// Kish's effective number of events at or above `score`: (Σw)² / Σw² with each group's weight.
double effective_events(const std::vector<Group>& groups, double score) {
    double sum = 0;
    double squares = 0;
    for (const Group& group : groups) {
        const double events = events_at(group, score);
        sum += events / group.pairs;
        squares += events / (group.pairs * group.pairs);
    }
    return squares > 0 ? sum * sum / squares : 0;
}

/// The lowest score above which fewer than `wanted` effective events lie.
double score_of_effective(const std::vector<Group>& groups, double wanted) {
    double low = score_of_rate(groups, 0.5);
    double high = score_of_rate(groups, 0);
    for (int i = 0; i < 60; ++i) {
        const double middle = (low + high) / 2;
        (effective_events(groups, middle) >= wanted ? low : high) = middle;
    }
    return low;
}

struct Curve {
    Tail tail;
    double factor{1};
};

struct Worst {
    std::size_t group{};
    double score{};
    double rate{};
    double pooled_rate{};
    double factor{1};
};

/// Where the last group still has ten events.
Worst worst_group(const std::vector<Group>& groups) {
    Worst worst{.score = std::numeric_limits<double>::infinity()};
    for (const Group& group : groups)
        worst.score =
            std::min(worst.score, double{group.scores[std::min<std::size_t>(9, group.scores.size() - 1)]});
    worst.pooled_rate = pooled(groups, worst.score);
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const double rate = events_at(groups[i], worst.score) / groups[i].pairs;
        if (rate <= worst.rate) continue;
        worst.rate = rate;
        worst.group = i;
    }
    worst.factor = std::max(1.0, worst.rate / worst.pooled_rate);
    return worst;
}

double rounded(double value, double step) {
    const double steps = std::round(1 / step);  // dividing by it gives the decimal that is printed shortest
    return std::round(value * steps) / steps;
}

/// Rates at `scores` in one resample of people: empirical below the tail's start, the refitted tail above.
std::vector<double> resampled(const std::vector<Group>& groups,
                              const std::vector<std::vector<std::uint8_t>>& weights,
                              const std::vector<double>& scores, double start, double worst_score) {
    const auto count = static_cast<double>(groups.size());
    std::vector<double> rates(scores.size(), 0);
    std::vector<WeightedScore> above;
    double share = 0;
    double worst = 0;
    double at_worst = 0;
    for (std::size_t g = 0; g < groups.size(); ++g) {
        double sum = 0;
        double squares = 0;
        for (const double w : weights[g]) {
            sum += w;
            squares += w * w;
        }
        double copies = 0;
        for (const auto& [a, b] : groups[g].copies)
            copies += static_cast<double>(weights[g][a]) * weights[g][b];
        const double pairs = std::max(1.0, (sum * sum - squares) / 2 - copies);
        std::vector<double> events(scores.size(), 0);
        double group_worst = 0;
        for (const Pair& pair : groups[g].events) {
            const double w = weights[g][pair.a] * weights[g][pair.b];
            if (w == 0) continue;
            if (pair.score >= start) {
                above.push_back({.score = pair.score, .weight = w / pairs / count});
                share += w / pairs / count;
            }
            if (pair.score >= worst_score) group_worst += w / pairs;
            const auto last = std::ranges::upper_bound(scores, double{pair.score}) - scores.begin();
            if (last > 0) events[static_cast<std::size_t>(last) - 1] += w;
        }
        double total = 0;
        for (std::size_t i = scores.size(); i-- > 0;) {
            total += events[i];
            rates[i] += total / pairs / count;
        }
        worst = std::max(worst, group_worst);
        at_worst += group_worst / count;
    }
    const Tail tail = fit_tail(above, start, share);
    const double factor = at_worst > 0 ? std::max(1.0, worst / at_worst) : 1;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        if (scores[i] >= start) rates[i] = tail.rate(scores[i]);
        rates[i] = std::min(1.0, rates[i] * factor);
    }
    return rates;
}

boost::json::object describe(const CalibrationGroup& group, const Group& measured, double score) {
    boost::json::object object;
    object["group"] = group.name;
    object["data_set"] = group.data->name;
    object["data_set_hash"] = group.data->hash;
    object["people"] = group.templates.size();
    object["non_mated_pairs"] = static_cast<std::uint64_t>(measured.pairs);
    object["events_where_factor_is_measured"] = static_cast<std::uint64_t>(events_at(measured, score));
    object["log10_rate_there"] = rounded(std::log10(events_at(measured, score) / measured.pairs), 1e-4);
    return object;
}

}  // namespace

bool reports(const std::string& data_set, const std::string& person) {
    const std::string key = person.contains('/') ? person : data_set + "/" + person;
    const int byte = sha256(as_bytes("visavis split 1 " + key)).front();
    return key.starts_with("fairface/") ? byte % 4 == 3 : byte % 2 == 1;
}

Result<boost::json::object> calibrate(std::span<const CalibrationGroup> given,
                                      const CalibrationOptions& options) {
    std::vector<const CalibrationGroup*> used;
    std::vector<Group> groups;
    boost::json::array left_out;
    for (const CalibrationGroup& group : given) {
        if (group.templates.size() < kFewestPeople) {
            left_out.push_back(
                boost::json::object{{"group", group.name}, {"people", group.templates.size()}});
            continue;
        }
        used.push_back(&group);
        groups.push_back(measure(group, options.threads));
    }
    if (groups.empty())
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("no group has {} different people with a face; a curve needs at least one",
                                kFewestPeople));

    const double start =
        std::max(score_of_rate(groups, kBootstrapFrom / 2), score_of_effective(groups, kTailEvents));
    std::vector<WeightedScore> above;
    for (const Group& group : groups)
        for (const float score : group.scores) {
            if (score < start) break;
            above.push_back({.score = score, .weight = 1 / group.pairs / static_cast<double>(groups.size())});
        }
    const Tail tail = fit_tail(above, start, pooled(groups, start));
    const Worst worst = worst_group(groups);
    const double last_measured = score_of_effective(groups, kFewEvents);

    std::vector<double> scores;
    const double first = score_of_rate(groups, 0.95);
    const double last = tail.score_at(kLowestRate / worst.factor);
    for (std::size_t i = 0; i < kPoints; ++i)
        scores.push_back(rounded(first + (last - first) * static_cast<double>(i) / (kPoints - 1), 1e-4));

    const double bootstrap_from = score_of_rate(groups, kBootstrapFrom);
    for (Group& group : groups)
        group.events.resize(static_cast<std::size_t>(events_at(group, bootstrap_from)));
    const std::size_t first_resampled =
        static_cast<std::size_t>(std::ranges::lower_bound(scores, bootstrap_from) - scores.begin());
    const std::vector<double> resampled_scores(scores.begin() + static_cast<std::ptrdiff_t>(first_resampled),
                                               scores.end());
    std::vector<std::vector<std::vector<std::uint8_t>>> weights;
    for (std::size_t g = 0; g < groups.size(); ++g)
        weights.push_back(resamples(groups[g].people, options.resamples, options.seed + g));
    std::vector<std::vector<double>> drawn(resampled_scores.size());
    for (std::size_t r = 0; r < options.resamples; ++r) {
        std::vector<std::vector<std::uint8_t>> rows;
        for (const auto& of_group : weights) rows.push_back(of_group[r]);
        const auto rates = resampled(groups, rows, resampled_scores, start, worst.score);
        for (std::size_t i = 0; i < rates.size(); ++i) drawn[i].push_back(rates[i]);
    }

    boost::json::array points;
    double before = 0;
    const auto logarithm = [](double rate) {
        return rounded(std::log10(std::max(rate, kLowestRate / 100)), 1e-4);
    };
    for (std::size_t i = 0; i < scores.size(); ++i) {
        const double rate = scores[i] >= start ? tail.rate(scores[i]) : pooled(groups, scores[i]);
        const double log10_fmr = std::min(before, logarithm(std::min(1.0, rate * worst.factor)));
        before = log10_fmr;
        boost::json::object point{{"score", scores[i]}, {"log10_fmr", log10_fmr}};
        if (i >= first_resampled) {
            const Interval interval = percentiles(drawn[i - first_resampled]);
            point["log10_low"] = std::min(log10_fmr, logarithm(interval.low));
            point["log10_high"] = std::max(log10_fmr, logarithm(interval.high));
        }
        points.push_back(std::move(point));
    }

    boost::json::array measured_on;
    for (std::size_t i = 0; i < groups.size(); ++i)
        measured_on.push_back(describe(*used[i], groups[i], worst.score));
    boost::json::object document;
    document["measured_on"] = std::move(measured_on);
    if (!left_out.empty()) document["left_out"] = std::move(left_out);
    document["pooling"] = "every group weighs the same";
    document["worst_group"] =
        boost::json::object{{"group", used[worst.group]->name},
                            {"factor", rounded(worst.factor, 1e-4)},
                            {"at_score", rounded(worst.score, 1e-4)},
                            {"log10_pooled_rate", rounded(std::log10(worst.pooled_rate), 1e-4)}};
    document["tail"] = boost::json::object{{"kind", "generalised Pareto, maximum likelihood"},
                                           {"from_score", rounded(start, 1e-4)},
                                           {"log10_pooled_rate", rounded(std::log10(tail.share), 1e-4)},
                                           {"scale", rounded(tail.scale, 1e-5)},
                                           {"shape", rounded(tail.shape, 1e-5)},
                                           {"scores", above.size()}};
    document["last_measured_score"] = rounded(last_measured, 1e-4);
    document["interval"] = boost::json::object{
        {"kind", "bootstrap over people, 95 %"}, {"resamples", options.resamples}, {"seed", options.seed}};
    document["points"] = std::move(points);
    return document;
}

}  // namespace visavis::audit
