#include "audit/verification.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "match/score.h"

namespace visavis::audit {
namespace {

constexpr std::size_t kMatedPairsOfAPerson = 10;
constexpr std::size_t kDetPoints = 60;
constexpr double kLowestDetRate = 1e-6;
constexpr std::uint64_t kFewestDetPairs = 100;  // of either kind

struct Scored {
    float score{};
    std::uint32_t a{};  // person
    std::uint32_t b{};
};

/// Non-mated scores of a group (or across groups), descending.
struct NonMated {
    std::vector<std::uint32_t> people;
    std::uint64_t pairs{};
    std::vector<Scored> scores;
};

/// A mated pair's outcome; −infinity without a face in one of the pictures.
struct Mated {
    double score{};
    std::uint32_t person{};
    std::uint32_t group{};
};

std::string plain(double threshold) {
    return fmt::format("{:g}", threshold);
}

std::vector<Mated> mated_scores(const DataSet& set, const match::ScoreNormaliser& normaliser) {
    std::vector<Mated> scores;
    for (const auto& [a, b] : mated_pairs(set, kMatedPairsOfAPerson)) {
        const LabelledPicture& x = set.pictures[a];
        const LabelledPicture& y = set.pictures[b];
        double score = -std::numeric_limits<double>::infinity();
        if (x.face != nullptr && y.face != nullptr)
            score = match::normalised(match::cosine(x.face->vector, y.face->vector),
                                      normaliser.of(x.face->vector), normaliser.of(y.face->vector));
        scores.push_back({.score = score, .person = x.person, .group = x.group});
    }
    return scores;
}

/// Share of mated pairs below `cut`, with a bootstrap over the people they are of.
Rate non_match_rate(const std::vector<Mated>& mated, double cut,
                    const std::vector<std::vector<std::uint8_t>>& weights,
                    const std::shared_ptr<const Composition>& data) {
    std::uint64_t events = 0;
    std::map<std::uint32_t, std::pair<std::uint64_t, std::uint64_t>> of_person;  // events, trials
    for (const Mated& pair : mated) {
        auto& counts = of_person[pair.person];
        ++counts.second;
        if (pair.score >= cut) continue;
        ++counts.first;
        ++events;
    }
    if (events == 0)
        return Rate::of_pairs(0, mated.size(), rule_of_three(of_person.size()),
                              IntervalMethod::kRuleOfThreePeople, data);
    std::vector<double> rates;
    for (const auto& row : weights) {
        double hits = 0;
        double trials = 0;
        for (const auto& [person, counts] : of_person) {
            hits += row[person] * static_cast<double>(counts.first);
            trials += row[person] * static_cast<double>(counts.second);
        }
        if (trials > 0) rates.push_back(hits / trials);
    }
    return Rate::of_pairs(events, mated.size(), percentiles(std::move(rates)), IntervalMethod::kBootstrap,
                          data);
}

Rate match_rate(const NonMated& non_mated, double cut, const std::vector<std::vector<std::uint8_t>>& weights,
                const std::shared_ptr<const Composition>& data) {
    std::vector<PairEvent> events;
    for (const Scored& pair : non_mated.scores) {
        if (double{pair.score} < cut) break;
        events.push_back({.a = pair.a, .b = pair.b});
    }
    const Interval interval = bootstrap_pairs(events, non_mated.people, weights);
    return Rate::of_pairs(events.size(), non_mated.pairs, interval,
                          events.empty() ? IntervalMethod::kRuleOfThreePeople : IntervalMethod::kBootstrap,
                          data);
}

Det det_of(std::string name, const NonMated& non_mated, const std::vector<Mated>& mated,
           std::shared_ptr<const Composition> data) {
    std::vector<double> scores;
    for (const Mated& pair : mated) scores.push_back(pair.score);
    std::ranges::sort(scores);
    Det det{.name = std::move(name),
            .mated = mated.size(),
            .non_mated = non_mated.pairs,
            .points = {},
            .data = std::move(data)};
    const auto pairs = static_cast<double>(non_mated.pairs);
    for (std::size_t i = 0; i < kDetPoints; ++i) {
        const double wanted =
            kLowestDetRate * std::pow(1 / kLowestDetRate, static_cast<double>(i) / (kDetPoints - 1));
        const auto rank = static_cast<std::size_t>(wanted * pairs);
        if (rank == 0 || rank > non_mated.scores.size()) continue;  // beyond what so many pairs can show
        const double cut = double{non_mated.scores[rank - 1].score};
        const auto below = std::ranges::lower_bound(scores, cut) - scores.begin();
        det.points.emplace_back(static_cast<double>(rank) / pairs,
                                static_cast<double>(below) / static_cast<double>(scores.size()));
    }
    return det;
}

/// Sorted so that the worst comes first and what is too few to say last.
template <typename Row>
void worst_first(std::vector<Row>& rows) {
    std::ranges::stable_sort(rows, [](const Row& a, const Row& b) {
        return a.second.value().value_or(-1) > b.second.value().value_or(-1);
    });
}

std::string differential(const std::vector<std::pair<std::string, Rate>>& rows, const char* what) {
    std::vector<const std::pair<std::string, Rate>*> sure;
    for (const auto& row : rows)
        if (!row.second.too_few() && row.second.events() >= kFewEvents) sure.push_back(&row);
    if (sure.size() < 2)
        return fmt::format("Too few events to compare {} between groups: fewer than two groups have {}.",
                           what, kFewEvents);
    return fmt::format(
        "Highest {}: {}, {}. Lowest for {}: {}. Worst over best, among groups with at least "
        "{} events: {:.1f}.",
        what, sure.front()->first, sure.front()->second.sentence(), sure.back()->first,
        sure.back()->second.sentence(), kFewEvents,
        *sure.front()->second.value() / *sure.back()->second.value());
}

}  // namespace

Verification verification(const DataSet& set, const match::ScoreNormaliser& normaliser,
                          const match::SimilarityScale& scale, std::size_t dimension, const Method& method) {
    const Sample sample = one_face_each(set, normaliser, dimension);
    std::vector<NonMated> groups(set.groups.size());
    NonMated everyone;
    for (const std::uint32_t picture : sample.source) {
        groups[set.pictures[picture].group].people.push_back(set.pictures[picture].person);
        everyone.people.push_back(set.pictures[picture].person);
    }
    std::vector<std::uint32_t> group_of_person(set.people.size());
    for (const LabelledPicture& picture : set.pictures) group_of_person[picture.person] = picture.group;
    const auto pairs_of = [](std::size_t n) { return std::uint64_t{n} * (n == 0 ? 0 : n - 1) / 2; };
    std::uint64_t within = 0;
    for (NonMated& group : groups) {
        group.pairs = pairs_of(group.people.size());
        within += group.pairs;
    }
    everyone.pairs = pairs_of(sample.source.size());

    // Kept: every score that a threshold or a DET point of a group may need.
    const double lowest = std::min(scale.score_at(method.thresholds.front()), scale.score_at(100.0 / 7));
    std::vector<std::vector<Scored>> found(std::max<std::size_t>(1, method.threads));
    score_rows(sample.templates, sample.templates, found.size(),
               [&](std::size_t worker, std::size_t row, std::span<const float> scores) {
                   for (std::size_t j = row + 1; j < scores.size(); ++j)
                       if (double{scores[j]} >= lowest)
                           found[worker].push_back({.score = scores[j],
                                                    .a = static_cast<std::uint32_t>(row),
                                                    .b = static_cast<std::uint32_t>(j)});
               });
    for (const auto& part : found)
        for (const Scored& pair : part) {
            const LabelledPicture& a = set.pictures[sample.source[pair.a]];
            const LabelledPicture& b = set.pictures[sample.source[pair.b]];
            const Scored of_people{.score = pair.score, .a = a.person, .b = b.person};
            everyone.scores.push_back(of_people);
            if (a.group == b.group) groups[a.group].scores.push_back(of_people);
        }
    const auto order = [](const Scored& a, const Scored& b) {
        return std::tuple(-a.score, a.a, a.b) < std::tuple(-b.score, b.a, b.b);
    };
    std::ranges::sort(everyone.scores, order);
    for (NonMated& group : groups) std::ranges::sort(group.scores, order);

    const auto mated = mated_scores(set, normaliser);
    const auto weights = resamples(set.people.size(), method.resamples, method.seed);

    Section overall{.id = "overall",
                    .title = "How often it is wrong",
                    .sentences = {},
                    .bars = {},
                    .dets = {},
                    .tables = {}};
    Section by_group{.id = "by-group",
                     .title = "For whom it is wrong: worst group first",
                     .sentences = {},
                     .bars = {},
                     .dets = {},
                     .tables = {}};
    Table rates{.title = "All people of the set",
                .columns = {"Threshold (Similarity)", "Strangers taken for one person (FMR)",
                            "One person not recognised (FNMR)", "FMR the threshold promises"},
                .rows = {}};
    for (const double threshold : method.thresholds) {
        const double cut = scale.score_at(threshold);
        const Rate fmr = match_rate(everyone, cut, weights, set.composition);
        const Rate fnmr = non_match_rate(mated, cut, weights, set.composition);
        rates.rows.push_back({plain(threshold), fmr, fnmr,
                              in_words(match::SimilarityScale::fmr_of_similarity(threshold)) +
                                  (scale.extrapolated(cut) ? " (extrapolated)" : "")});
        overall.sentences.push_back(
            fmt::format("At threshold {}, two different people of this set are taken for one: {}. "
                        "The same person is not recognised: {}.",
                        plain(threshold), fmr.sentence(), fnmr.sentence()));

        std::vector<std::pair<std::string, Rate>> false_matches;
        std::vector<std::pair<std::string, Rate>> false_non_matches;
        for (std::size_t g = 0; g < groups.size(); ++g) {
            false_matches.emplace_back(set.groups[g], match_rate(groups[g], cut, weights, set.composition));
            std::vector<Mated> of_group;
            std::ranges::copy_if(mated, std::back_inserter(of_group),
                                 [&](const Mated& pair) { return pair.group == g; });
            false_non_matches.emplace_back(set.groups[g],
                                           non_match_rate(of_group, cut, weights, set.composition));
        }
        worst_first(false_matches);
        worst_first(false_non_matches);
        Table fmr_table{.title = fmt::format("Threshold {}: strangers of the same group taken for one person",
                                             plain(threshold)),
                        .columns = {"Group", "FMR within the group"},
                        .rows = {}};
        for (const auto& [group, rate] : false_matches) fmr_table.rows.push_back({group, rate});
        NonMated across{.people = everyone.people, .pairs = everyone.pairs - within, .scores = {}};
        for (const Scored& pair : everyone.scores) {
            if (double{pair.score} < cut) break;
            if (group_of_person[pair.a] != group_of_person[pair.b]) across.scores.push_back(pair);
        }
        fmr_table.rows.push_back(
            {std::string("across groups"), match_rate(across, cut, weights, set.composition)});
        Table fnmr_table{
            .title = fmt::format("Threshold {}: the same person not recognised", plain(threshold)),
            .columns = {"Group", "FNMR"},
            .rows = {}};
        for (const auto& [group, rate] : false_non_matches) fnmr_table.rows.push_back({group, rate});
        by_group.sentences.push_back(
            fmt::format("Threshold {}. {}", plain(threshold),
                        differential(false_matches, "false match rate within a group")));
        by_group.bars.push_back(
            {.title = fmt::format("Strangers of the same group taken for one person, threshold {}",
                                  plain(threshold)),
             .axis = "false match rate within the group",
             .bars = false_matches});
        by_group.tables.push_back(std::move(fmr_table));
        if (!mated.empty()) by_group.tables.push_back(std::move(fnmr_table));
    }
    overall.tables.push_back(std::move(rates));

    DetChart chart{.title = "Detection error trade-off", .curves = {}};
    if (mated.size() >= kFewestDetPairs && everyone.pairs >= kFewestDetPairs) {
        chart.curves.push_back(det_of("all people", everyone, mated, set.composition));
        for (std::size_t g = 0; g < groups.size(); ++g) {
            std::vector<Mated> of_group;
            std::ranges::copy_if(mated, std::back_inserter(of_group),
                                 [&](const Mated& pair) { return pair.group == g; });
            if (of_group.size() >= kFewestDetPairs && groups[g].pairs >= kFewestDetPairs)
                chart.curves.push_back(det_of(set.groups[g], groups[g], of_group, set.composition));
        }
        overall.dets.push_back(std::move(chart));
    }
    return {.sections = {std::move(overall), std::move(by_group)},
            .methods =
                {"Mated pairs: different photographs of one person, at most ten pairs a person. A picture in "
                 "which "
                 "no face is found counts as not recognised.",
                 "Non-mated pairs: one picture of each person, all pairs. \"Within the group\" compares "
                 "people of "
                 "the same labels only, which is where confusions happen.",
                 "Intervals: bootstrap over people, because pairs share faces. With no event: three over the "
                 "number of people."},
            .limits = {
                "Labels are as good as those who made them; small groups say little, and \"too few to say\" "
                "means it.",
                "Sets in which a person may appear under two names (FairFace) overstate the false match rate "
                "below about 1 in 10,000.",
                "Thresholds beyond the calibration's data are marked as extrapolated."}};
}

}  // namespace visavis::audit
