#include "audit/false_matches.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "audit/csv.h"
#include "audit/groups.h"
#include "audit/published.h"

namespace visavis::audit {
namespace {

constexpr std::size_t kListedMatches = 200;
constexpr double kPublishedGallery = 25'000;

/// At or above the lowest threshold, highest first, without what the labels call one person.
Result<std::vector<Match>> matches_of(const DataSet& probes, const std::vector<std::uint32_t>& searched,
                                      const DataSet& gallery, const std::vector<std::uint32_t>& faces,
                                      const Verdicts& verdicts, Comparer& comparer, double threshold) {
    const auto pairs = comparer.search(probes, searched, gallery, faces, threshold);
    if (!pairs) return std::unexpected(pairs.error());
    std::vector<Match> matches;
    for (const ScoredPair& pair : *pairs) {
        const LabelledPicture& probe = probes.pictures[pair.probe];
        const LabelledPicture& other = gallery.pictures[pair.gallery];
        if (pair.score < comparer.cut(threshold) || one_person(probes, probe.person, gallery, other.person) ||
            same_photograph(probe, other))
            continue;
        const auto verdict = verdicts.find({probe.file, other.file});
        matches.push_back(
            {.probe = pair.probe,
             .gallery = pair.gallery,
             .score = pair.score,
             .similarity = comparer.similarity(pair.score),
             .same = verdict == verdicts.end() ? std::nullopt : std::optional(verdict->second.same)});
    }
    std::ranges::sort(
        matches, {}, [](const Match& match) { return std::tuple(-match.score, match.probe, match.gallery); });
    return matches;
}

/// What one threshold gives, by row of the people searched.
struct Hits {
    std::vector<std::uint64_t> of_row;
    std::uint64_t events{};
    std::uint64_t people{};
    std::uint64_t same{};
};

Hits hits_at(const std::vector<Match>& matches, double cut,
             const std::map<std::uint32_t, std::uint32_t>& row_of) {
    Hits hits{.of_row = std::vector<std::uint64_t>(row_of.size(), 0)};
    for (const Match& match : matches) {
        if (match.score < cut) break;
        if (match.same.value_or(false)) {
            ++hits.same;
            continue;
        }
        ++hits.of_row[row_of.at(match.probe)];
        ++hits.events;
    }
    hits.people =
        static_cast<std::uint64_t>(std::ranges::count_if(hits.of_row, [](auto n) { return n > 0; }));
    return hits;
}

/// Whether one of the labels that a group's name is made of is among `labels`.
bool has_label(std::string_view group, const std::vector<std::string>& labels) {
    constexpr std::string_view kBetween = " / ";
    for (;;) {
        const auto end = group.find(kBetween);
        if (std::ranges::find(labels, group.substr(0, end)) != labels.end()) return true;
        if (end == std::string_view::npos) return false;
        group.remove_prefix(end + kBetween.size());
    }
}

/// Each of `together` as one: how often its people are falsely matched, and its share of all who are.
void add_together(Section& section, const DataSet& probes, const std::vector<GroupRate>& groups,
                  std::span<const Together> together, std::uint64_t matched, std::uint64_t people,
                  const std::string& at) {
    if (together.empty()) return;
    Table table{
        .id = "together-" + at,
        .title = fmt::format("Threshold {}: several groups together", at),
        .columns = {"Who", "Falsely matched", "Share of all falsely matched", "Share of all people"},
        .rows = {},
        .higher = {Higher::kSaysNothing, Higher::kIsWorse, Higher::kSaysNothing, Higher::kSaysNothing}};
    for (const Together& some : together) {
        std::uint64_t events = 0;
        std::uint64_t searched = 0;
        for (const GroupRate& group : groups) {
            if (!has_label(group.group, some.labels)) continue;
            events += group.rate.events();
            searched += group.rate.trials();
        }
        if (searched == 0) continue;
        const auto& data = probes.composition;
        table.rows.push_back({some.name, Rate::of_trials(events, searched, data),
                              Rate::of_trials(events, matched, data),
                              Rate::of_trials(searched, people, data)});
        section.sentences.push_back(fmt::format(
            "Threshold {}. Share of {} ({}) among all who are falsely matched: {}; among all who are "
            "searched: {}.",
            at, some.name, fmt::join(some.labels, ", "), std::get<Rate>(table.rows.back()[2]).sentence(),
            std::get<Rate>(table.rows.back()[3]).sentence()));
    }
    if (!table.rows.empty()) section.tables.push_back(std::move(table));
}

void add_groups(Section& section, const DataSet& probes, const std::vector<std::uint32_t>& searched,
                const Hits& hits, const Weights& weights, double threshold,
                std::span<const Together> together) {
    std::vector<std::vector<PersonCount>> counts(probes.groups.size());
    for (std::uint32_t row = 0; row < searched.size(); ++row)
        counts[probes.pictures[searched[row]].group].push_back(
            {.person = row, .events = hits.of_row[row] > 0 ? 1U : 0U, .trials = 1});
    std::vector<GroupRate> rows;
    for (std::size_t g = 0; g < counts.size(); ++g)
        if (!counts[g].empty())
            rows.push_back(rate_of_people(probes.groups[g], counts[g], weights, probes.composition));
    worst_first(rows);
    const std::string at = plain(threshold);
    add_differential(section, rows, "share of people falsely matched", at);
    section.bars.push_back(chart_of(fmt::format("People falsely matched at threshold {}, by group", at),
                                    "share of the group's people who are matched to somebody else", rows));
    Table table =
        table_of("by-group-" + at, fmt::format("Threshold {}: people falsely matched, by group", at),
                 "Falsely matched", rows);
    table.columns.insert(table.columns.end(), {"Share of all falsely matched", "Share of all people"});
    table.higher.resize(table.columns.size(), Higher::kSaysNothing);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        table.rows[i].emplace_back(Rate::of_trials(rows[i].rate.events(), hits.people, probes.composition));
        table.rows[i].emplace_back(
            Rate::of_trials(rows[i].rate.trials(), searched.size(), probes.composition));
    }
    section.tables.push_back(std::move(table));
    add_together(section, probes, rows, together, hits.people, searched.size(), at);
}

/// How many of `people` that rate per comparison would match in a gallery as large as the published ones,
/// with its interval; empty where the rate says nothing.
std::string scaled_to_published(const Rate& fmr, std::size_t people) {
    if (fmr.too_few()) return {};
    const auto scaled = [&](double rate) {
        return -std::expm1(kPublishedGallery * std::log1p(-rate)) * static_cast<double>(people);
    };
    const std::string matched =
        fmr.events() == 0
            ? fmt::format("at most {:.1f} of {} people (95 %)", scaled(fmr.interval().high), people)
            : fmt::format("{:.1f} of {} people (95 %: {:.1f} to {:.1f})", scaled(fmr.value().value_or(0)),
                          people, scaled(fmr.interval().low), scaled(fmr.interval().high));
    return fmt::format(
        " In a gallery of 25,000 that rate per comparison would match {}, if comparisons are independent.",
        matched);
}

Section listed(const std::vector<Match>& matches, const DataSet& probes, const DataSet& gallery,
               const Verdicts& verdicts, const Comparer& comparer, double threshold) {
    Section section{
        .id = "pairs",
        .title = "Which pictures were matched",
        .sentences = {"Each of these must be looked at by a person: a gallery without names may hold the "
                      "very people who are searched. Pairs found to be the same person are entered as "
                      "`same` in suspects.csv and given back with --verdicts; only those are left out."}};
    if (!verdicts.empty()) {
        const auto applied = static_cast<std::size_t>(
            std::ranges::count_if(matches, [](const Match& match) { return match.same.has_value(); }));
        section.sentences.push_back(
            fmt::format("Of {} verdicts given, {} are on these pairs; {} are on pairs that are no match at "
                        "threshold {} and "
                        "are kept in suspects.csv.",
                        verdicts.size(), applied, verdicts.size() - applied, plain(threshold)));
    }
    Table table{
        .title = fmt::format("Matches at or above threshold {}, most similar first{}", plain(threshold),
                             matches.size() > kListedMatches ? " (the first 200)" : ""),
        .columns = {"Probe", "Gallery picture", "Similarity", "Group of the probe", "Looked at"},
        .rows = {}};
    for (std::size_t i = 0; i < std::min(kListedMatches, matches.size()); ++i) {
        const Match& match = matches[i];
        table.rows.push_back({probes.pictures[match.probe].file, gallery.pictures[match.gallery].file,
                              fmt::format("{:.2f}{}", match.similarity,
                                          comparer.extrapolated(match.score) ? " (extrapolated)" : ""),
                              probes.groups[probes.pictures[match.probe].group],
                              !match.same   ? "not confirmed"
                              : *match.same ? "same person"
                                            : "different people"});
    }
    section.tables.push_back(std::move(table));
    return section;
}

}  // namespace

Result<void> check_labels(const DataSet& probes, std::span<const Together> together) {
    for (const Together& some : together)
        for (const std::string& label : some.labels)
            if (std::ranges::none_of(probes.groups,
                                     [&](const std::string& group) { return has_label(group, {label}); }))
                return fail(ErrorCode::kInvalidParameter,
                            fmt::format("nobody among the probes is labelled `{}`; their groups are: {}",
                                        label, fmt::join(probes.groups, ", ")));
    return {};
}

Result<FalseMatches> false_matches(const DataSet& probes, const DataSet& gallery, const Verdicts& verdicts,
                                   Comparer& comparer, const Method& method,
                                   std::span<const Together> together) {
    const auto searched = one_face_each(probes);
    const auto faces = all_faces(gallery);
    auto matches =
        matches_of(probes, searched, gallery, faces, verdicts, comparer, method.thresholds.front());
    if (!matches) return std::unexpected(matches.error());
    const std::size_t people = searched.size();
    std::map<std::uint32_t, std::uint32_t> row_of;
    for (std::uint32_t row = 0; row < people; ++row) row_of[searched[row]] = row;
    const Weights weights = resamples(people, method.resamples, method.seed);

    Section overall{.id = "overall", .title = "How many people are matched to somebody else"};
    Section by_group{.id = "by-group", .title = "For whom it is wrong: worst group first"};
    Table rates{.id = "by-threshold",
                .title = fmt::format("{} people searched among {} other faces", with_commas(people),
                                     with_commas(faces.size())),
                .columns = {"Threshold (Similarity)", "People falsely matched (FPIR)", "Per comparison (FMR)",
                            "FMR the threshold promises", "Pairs confirmed to be one person, left out"},
                .rows = {},
                .higher = {Higher::kSaysNothing, Higher::kIsWorse, Higher::kIsWorse, Higher::kSaysNothing,
                           Higher::kSaysNothing}};
    for (const double threshold : method.thresholds) {
        const Hits hits = hits_at(*matches, comparer.cut(threshold), row_of);
        std::vector<PersonCount> counts;
        for (std::uint32_t row = 0; row < people; ++row)
            counts.push_back({.person = row, .events = hits.of_row[row], .trials = faces.size()});
        const Rate fpir = Rate::of_trials(hits.people, people, probes.composition);
        const Rate fmr = rate_of_people("", counts, weights, probes.composition).rate;
        const auto promised = comparer.promised(threshold);
        rates.rows.push_back({plain(threshold), fpir, fmr, promised ? in_words(*promised) : "none stated",
                              std::to_string(hits.same)});
        overall.sentences.push_back(fmt::format(
            "At threshold {}, {} of {} people were matched to somebody else among {} faces: {}.{}",
            plain(threshold), hits.people, people, with_commas(faces.size()), fpir.sentence(),
            scaled_to_published(fmr, people)));
        add_groups(by_group, probes, searched, hits, weights, threshold, together);
    }
    overall.sentences.emplace_back(
        "Counted is every pair that nobody confirmed to be one person. Where the gallery has no names it may "
        "hold the searched people themselves; the list of pairs below is for a person to go through.");
    overall.tables.push_back(std::move(rates));
    overall.tables.push_back(published_false_matches());
    FalseMatches result;
    result.sections = {std::move(overall), std::move(by_group),
                       listed(*matches, probes, gallery, verdicts, comparer, method.thresholds.front())};
    result.matches = std::move(*matches);
    result.methods = {
        "One portrait of each person (the first in which a face is found) is compared with every face of the "
        "gallery, as SearchFacesByImage would: largest face, the system's score, its Similarity.",
        "FPIR: Wilson's 95 % interval over people. FMR and ratios of groups: bootstrap over the people "
        "searched; with no event, three over the number of people.",
        "Pairs that the labels call the same person are left out, and pairs that a person confirmed."};
    result.limits = {"Few events make wide intervals: read the interval, not the rate.",
                     "A gallery of another kind (arrest photographs, other countries, children) gives other "
                     "rates.",
                     "Scaling to 25,000 faces assumes that comparisons are independent; they are not quite."};
    return result;
}

std::string suspects_csv(const std::vector<Match>& matches, const DataSet& probes, const DataSet& gallery,
                         const Verdicts& verdicts) {
    std::string out = "probe,gallery,similarity,verdict\n";
    const auto add = [&](const FilePair& pair, const std::string& similarity, std::optional<bool> same) {
        out += fmt::format("{},{},{},{}\n", csv_field(pair.first), csv_field(pair.second), similarity,
                           !same   ? ""
                           : *same ? "same"
                                   : "different");
    };
    std::set<FilePair> listed;
    for (const Match& match : matches) {
        const FilePair pair(probes.pictures[match.probe].file, gallery.pictures[match.gallery].file);
        add(pair, fmt::format("{:.2f}", match.similarity), match.same);
        listed.insert(pair);
    }
    for (const auto& [pair, verdict] : verdicts)
        if (!listed.contains(pair)) add(pair, verdict.similarity, verdict.same);
    return out;
}

}  // namespace visavis::audit
