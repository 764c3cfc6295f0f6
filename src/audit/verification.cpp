#include "audit/verification.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "audit/det.h"
#include "audit/groups.h"

namespace visavis::audit {
namespace {

constexpr std::size_t kMatedPairsOfAPerson = 10;
constexpr std::uint64_t kFewestDetPairs = 100;  // of either kind
constexpr std::array kTabledRates = {1e-5, 1e-4, 1e-3, 1e-2};

/// Two people's score, people as indices of the set.
struct Scored {
    double score{};
    PairEvent people;
};

/// Non-mated scores of a group (or across groups), descending.
struct NonMated {
    std::string name;
    std::size_t people{};
    std::uint64_t pairs{};
    std::vector<double> drawn;  // pairs in each resample
    std::vector<Scored> scores;

    void add_events(double cut, std::vector<PairEvent>& events) const {
        for (const Scored& pair : scores) {
            if (pair.score < cut) break;
            events.push_back(pair.people);
        }
    }

    [[nodiscard]] GroupRate at(double cut, const Weights& weights,
                               std::shared_ptr<const Composition> data) const {
        std::vector<PairEvent> events;
        add_events(cut, events);
        return rate_of_pairs(name, events, pairs, people, drawn, weights, std::move(data));
    }
};

/// A mated pair's outcome; −infinity without a face in one of the pictures.
struct Mated {
    double score{};
    std::uint32_t person{};
    std::uint32_t group{};
};

struct Trials {
    NonMated everyone;             // without scores: they are those of the others
    NonMated across;               // people of different groups
    std::vector<NonMated> groups;  // by the set's index
    std::vector<Mated> mated;
    Weights weights;
    std::uint64_t copies{};  // pairs left out: one photograph under two names

    [[nodiscard]] Rate of_everyone(double cut, std::shared_ptr<const Composition> data) const {
        std::vector<PairEvent> events;
        across.add_events(cut, events);
        for (const NonMated& group : groups) group.add_events(cut, events);
        return rate_of_pairs(everyone.name, events, everyone.pairs, everyone.people, everyone.drawn, weights,
                             std::move(data))
            .rate;
    }
};

std::uint64_t pairs_of(std::size_t people) {
    return std::uint64_t{people} * (people == 0 ? 0 : people - 1) / 2;
}

/// Everybody's pairs without those within a group.
NonMated across_groups(const NonMated& everyone, const std::vector<NonMated>& groups) {
    NonMated across{.name = "across groups",
                    .people = everyone.people,
                    .pairs = everyone.pairs,
                    .drawn = everyone.drawn,
                    .scores = {}};
    for (const NonMated& group : groups) {
        across.pairs -= group.pairs;
        for (std::size_t i = 0; i < across.drawn.size(); ++i) across.drawn[i] -= group.drawn[i];
    }
    return across;
}

Result<Trials> collect(const DataSet& set, Comparer& comparer, const Method& method) {
    Trials trials;
    trials.weights = resamples(set.people.size(), method.resamples, method.seed);
    const auto faces = one_face_each(set);
    std::vector<std::vector<std::uint32_t>> members(set.groups.size());
    std::vector<std::uint32_t> all;
    for (const std::uint32_t picture : faces) {
        members[set.pictures[picture].group].push_back(set.pictures[picture].person);
        all.push_back(set.pictures[picture].person);
    }
    const auto non_mated = [&](std::string name, const std::vector<std::uint32_t>& people) {
        return NonMated{.name = std::move(name),
                        .people = people.size(),
                        .pairs = pairs_of(people.size()),
                        .drawn = pairs_drawn(people, trials.weights),
                        .scores = {}};
    };
    trials.everyone = non_mated("all people", all);
    for (std::size_t g = 0; g < members.size(); ++g)
        trials.groups.push_back(non_mated(set.groups[g], members[g]));
    const auto leave_out = [&](NonMated& part, std::uint32_t a, std::uint32_t b) {
        --part.pairs;
        for (std::size_t i = 0; i < part.drawn.size(); ++i)
            part.drawn[i] -= static_cast<double>(trials.weights[i][a]) * trials.weights[i][b];
    };
    for (const auto& [first, second] : copies(set, faces)) {
        const LabelledPicture& a = set.pictures[faces[first]];
        const LabelledPicture& b = set.pictures[faces[second]];
        ++trials.copies;
        leave_out(trials.everyone, a.person, b.person);
        if (a.group == b.group) leave_out(trials.groups[a.group], a.person, b.person);
    }
    trials.across = across_groups(trials.everyone, trials.groups);

    const auto found = comparer.pairs_within(set, faces, method.thresholds.front());
    if (!found) return std::unexpected(found.error());
    for (const ScoredPair& pair : *found) {
        const LabelledPicture& a = set.pictures[pair.probe];
        const LabelledPicture& b = set.pictures[pair.gallery];
        if (same_photograph(a, b)) continue;
        const Scored scored{.score = pair.score, .people = {.a = a.person, .b = b.person}};
        (a.group == b.group ? trials.groups[a.group] : trials.across).scores.push_back(scored);
    }
    const auto sort = [](NonMated& part) {
        std::ranges::sort(part.scores, {}, [](const Scored& pair) {
            return std::tuple(-pair.score, pair.people.a, pair.people.b);
        });
    };
    sort(trials.across);
    std::ranges::for_each(trials.groups, sort);

    const auto pairs = mated_pairs(set, kMatedPairsOfAPerson);
    const auto scores = comparer.compare(set, pairs);
    if (!scores) return std::unexpected(scores.error());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const LabelledPicture& picture = set.pictures[pairs[i].a];
        trials.mated.push_back({.score = (*scores)[i], .person = picture.person, .group = picture.group});
    }
    return trials;
}

/// Share of the mated pairs below `cut`; of one group if `group` names one.
GroupRate non_match_rate(std::string name, const Trials& trials, std::optional<std::size_t> group, double cut,
                         std::shared_ptr<const Composition> data) {
    std::map<std::uint32_t, PersonCount> of_person;
    for (const Mated& pair : trials.mated) {
        if (group && pair.group != *group) continue;
        PersonCount& count = of_person[pair.person];
        count.person = pair.person;
        ++count.trials;
        count.events += pair.score < cut ? 1U : 0U;
    }
    std::vector<PersonCount> counts;
    for (const auto& [person, count] : of_person) counts.push_back(count);
    return rate_of_people(std::move(name), counts, trials.weights, std::move(data));
}

void add_groups(Section& section, const DataSet& set, const Trials& trials, double threshold, double cut) {
    std::vector<GroupRate> false_matches;
    std::vector<GroupRate> false_non_matches;
    for (std::size_t g = 0; g < set.groups.size(); ++g) {
        false_matches.push_back(trials.groups[g].at(cut, trials.weights, set.composition));
        false_non_matches.push_back(non_match_rate(set.groups[g], trials, g, cut, set.composition));
    }
    worst_first(false_matches);
    worst_first(false_non_matches);
    const std::string at = plain(threshold);
    add_differential(section, false_matches, "false match rate within a group", at);
    section.bars.push_back(
        chart_of(fmt::format("Strangers of the same group taken for one person, threshold {}", at),
                 "false match rate within the group", false_matches));
    Table fmr = table_of("fmr-by-group-" + at,
                         fmt::format("Threshold {}: strangers of the same group taken for one person", at),
                         "FMR within the group", false_matches);
    fmr.rows.push_back({trials.across.name, trials.across.at(cut, trials.weights, set.composition).rate});
    section.tables.push_back(std::move(fmr));
    if (trials.mated.empty()) return;
    add_differential(section, false_non_matches, "false non-match rate", at);
    section.tables.push_back(table_of("fnmr-by-group-" + at,
                                      fmt::format("Threshold {}: the same person not recognised", at), "FNMR",
                                      false_non_matches));
}

std::vector<double> scores_of(const NonMated& part) {
    std::vector<double> scores;
    scores.reserve(part.scores.size());
    for (const Scored& pair : part.scores) scores.push_back(pair.score);
    return scores;
}

/// The curves of everybody and of each group that has enough pairs, and points of them as a table.
void add_det(Section& section, const DataSet& set, const Trials& trials) {
    DetChart chart{.title = "Detection error trade-off", .curves = {}};
    // Without an id: an API lists less of the curve than a pack shows, so the two could not be compared.
    Table table{.title =
                    "Detection error trade-off: one person not recognised (FNMR) at the threshold that "
                    "lets through so many of the group's own strangers (FMR)",
                .columns = {"Group"},
                .rows = {},
                .higher = {Higher::kSaysNothing}};
    for (const double rate : kTabledRates) {
        table.columns.push_back("FNMR at FMR " + in_words(rate));
        table.higher.push_back(Higher::kIsWorse);
    }
    const auto add = [&](const NonMated& part, const std::vector<double>& scores,
                         std::optional<std::size_t> group) {
        std::vector<double> mated;
        for (const Mated& pair : trials.mated)
            if (!group || pair.group == *group) mated.push_back(pair.score);
        if (mated.size() < kFewestDetPairs || part.pairs < kFewestDetPairs) return;
        std::ranges::sort(mated);
        chart.curves.push_back(det_of(part.name, scores, part.pairs, mated, set.composition));
        std::vector<Cell> row = {part.name};
        for (const double rate : kTabledRates) {
            const auto cut = score_at_rate(scores, part.pairs, rate);
            row.push_back(cut ? Cell(non_match_rate(part.name, trials, group, *cut, set.composition).rate)
                              : Cell("not shown by these pairs"));
        }
        table.rows.push_back(std::move(row));
    };
    std::vector<double> all = scores_of(trials.across);
    for (const NonMated& group : trials.groups) std::ranges::copy(scores_of(group), std::back_inserter(all));
    std::ranges::sort(all, std::greater<>{});
    add(trials.everyone, all, std::nullopt);
    for (std::size_t g = 0; g < trials.groups.size() && !chart.curves.empty(); ++g)
        add(trials.groups[g], scores_of(trials.groups[g]), g);
    section.dets.push_back(std::move(chart));
    if (!table.rows.empty()) section.tables.push_back(std::move(table));
}

}  // namespace

Result<Verification> verification(const DataSet& set, Comparer& comparer, const Method& method) {
    const auto trials = collect(set, comparer, method);
    if (!trials) return std::unexpected(trials.error());
    Section overall{.id = "overall", .title = "How often it is wrong"};
    Section by_group{.id = "by-group", .title = "For whom it is wrong: worst group first"};
    Table rates{.id = "by-threshold",
                .title = "All people of the set",
                .columns = {"Threshold (Similarity)", "Strangers taken for one person (FMR)",
                            "One person not recognised (FNMR)", "FMR the threshold promises"},
                .rows = {},
                .higher = {Higher::kSaysNothing, Higher::kIsWorse, Higher::kIsWorse, Higher::kSaysNothing}};
    for (const double threshold : method.thresholds) {
        const double cut = comparer.cut(threshold);
        const Rate fmr = trials->of_everyone(cut, set.composition);
        const Rate fnmr = non_match_rate("", *trials, std::nullopt, cut, set.composition).rate;
        const auto promised = comparer.promised(threshold);
        rates.rows.push_back(
            {plain(threshold), fmr, fnmr,
             promised ? in_words(*promised) + (comparer.extrapolated(cut) ? " (extrapolated)" : "")
                      : "none stated"});
        overall.sentences.push_back(
            fmt::format("At threshold {}, two different people of this set are taken for one: {}.",
                        plain(threshold), fmr.sentence()));
        if (!trials->mated.empty())
            overall.sentences.back() +=
                fmt::format(" The same person is not recognised: {}.", fnmr.sentence());
        add_groups(by_group, set, *trials, threshold, cut);
    }
    if (trials->copies > 0)
        overall.sentences.push_back(
            fmt::format("Left out: {} pairs of different names that are one and the same photograph.",
                        with_commas(trials->copies)));
    overall.tables.push_back(std::move(rates));
    add_det(overall, set, *trials);
    return Verification{
        .sections = {std::move(overall), std::move(by_group)},
        .methods = {"Mated pairs: different photographs of one person, at most ten pairs a person. A picture "
                    "in which no face is found counts as not recognised.",
                    "Non-mated pairs: one picture of each person, all pairs. \"Within the group\" compares "
                    "people of the same labels only, which is where confusions happen. Copies of one "
                    "photograph under two names are no pair.",
                    "Intervals: bootstrap over people, because pairs share faces; the ratio of two groups is "
                    "taken in each resample. With no event: three over the number of people."},
        .limits = {"Labels are as good as those who made them; small groups say little, and \"too few to "
                   "say\" means it.",
                   "Sets in which a person may appear under two names (FairFace) overstate the false match "
                   "rate below about 1 in 10,000.",
                   "Thresholds beyond the calibration's data are marked as extrapolated."}};
}

}  // namespace visavis::audit
