#include "audit/false_matches.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "audit/csv.h"

namespace visavis::audit {
namespace {

constexpr std::size_t kListedMatches = 200;
constexpr double kPublishedGallery = 25'000;

std::string plain(double similarity) {
    return fmt::format("{:g}", similarity);
}

/// Interval of the share of comparisons that match, by resampling the probes' people.
Interval by_probe(const std::vector<std::uint64_t>& matches_of_probe, std::uint64_t gallery,
                  const std::vector<std::vector<std::uint8_t>>& weights) {
    std::vector<double> rates;
    rates.reserve(weights.size());
    for (const auto& row : weights) {
        double hits = 0;
        double drawn = 0;
        for (std::size_t i = 0; i < row.size(); ++i) {
            hits += row[i] * static_cast<double>(matches_of_probe[i]);
            drawn += row[i];
        }
        rates.push_back(hits / std::max(1.0, drawn * static_cast<double>(gallery)));
    }
    return percentiles(std::move(rates));
}

struct Counts {
    std::uint64_t probes{};
    std::uint64_t matched{};
};

}  // namespace

Result<SamePerson> read_verdicts(const std::string& path) {
    const auto table = CsvTable::read(path);
    if (!table) return std::unexpected(table.error());
    const auto probe = table->column("probe");
    const auto gallery = table->column("gallery");
    const auto verdict = table->column("verdict");
    if (!probe || !gallery || !verdict)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` needs the columns probe, gallery and verdict", path));
    SamePerson same;
    for (std::size_t i = 0; i < table->rows.size(); ++i) {
        const auto& row = table->rows[i];
        if (row[*verdict] == "same")
            same.emplace(row[*probe], row[*gallery]);
        else if (!row[*verdict].empty() && row[*verdict] != "different")
            return fail(ErrorCode::kInvalidParameter,
                        fmt::format("`{}` line {}: verdict `{}`, expected same, different or nothing", path,
                                    i + 2, row[*verdict]));
    }
    return same;
}

FalseMatches false_matches(const DataSet& probes, const DataSet& gallery, const SamePerson& confirmed,
                           const match::ScoreNormaliser& normaliser, const match::SimilarityScale& scale,
                           std::size_t dimension, const Method& method) {
    const Sample searched = one_face_each(probes, normaliser, dimension);
    const Sample faces = all_faces(gallery, normaliser, dimension);
    const double lowest = scale.score_at(method.thresholds.front());

    FalseMatches result;
    std::vector<std::vector<Match>> found(std::max<std::size_t>(1, method.threads));
    score_rows(searched.templates, faces.templates, found.size(),
               [&](std::size_t worker, std::size_t row, std::span<const float> scores) {
                   const LabelledPicture& probe = probes.pictures[searched.source[row]];
                   for (std::size_t j = 0; j < scores.size(); ++j) {
                       if (double{scores[j]} < lowest) continue;
                       const LabelledPicture& other = gallery.pictures[faces.source[j]];
                       if (probes.people[probe.person] == gallery.people[other.person] ||
                           probe.record == other.record)
                           continue;
                       found[worker].push_back({.probe = searched.source[row],
                                                .gallery = faces.source[j],
                                                .score = double{scores[j]},
                                                .similarity = scale.similarity(double{scores[j]}),
                                                .same = confirmed.contains({probe.file, other.file})});
                   }
               });
    for (auto& part : found) result.matches.insert(result.matches.end(), part.begin(), part.end());
    std::ranges::sort(result.matches, [](const Match& a, const Match& b) {
        return std::tuple(-a.score, a.probe, a.gallery) < std::tuple(-b.score, b.probe, b.gallery);
    });

    const std::size_t people = searched.source.size();
    std::map<std::uint32_t, std::size_t> row_of;
    for (std::size_t i = 0; i < people; ++i) row_of[searched.source[i]] = i;
    const auto weights = resamples(people, method.resamples, method.seed);
    const std::uint64_t pairs = std::uint64_t{people} * faces.source.size();

    Section overall{.id = "overall",
                    .title = "How many people are matched to somebody else",
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
    Table rates{
        .title = fmt::format("{} people searched among {} other faces", people, faces.source.size()),
        .columns = {"Threshold (Similarity)", "People falsely matched (FPIR)", "Per comparison (FMR)",
                    "FMR the threshold promises", "Of which confirmed to be the same person, left out"},
        .rows = {}};
    for (const double threshold : method.thresholds) {
        const double cut = scale.score_at(threshold);
        std::vector<std::uint64_t> hits(people, 0);
        std::uint64_t events = 0;
        std::uint64_t same = 0;
        for (const Match& match : result.matches) {
            if (match.score < cut) break;
            if (match.same) {
                ++same;
                continue;
            }
            ++hits[row_of[match.probe]];
            ++events;
        }
        const auto matched =
            static_cast<std::uint64_t>(std::ranges::count_if(hits, [](auto n) { return n > 0; }));
        const Rate fpir = Rate::of_trials(matched, people, probes.composition);
        const bool none = events == 0;
        const Rate fmr = Rate::of_pairs(
            events, pairs, none ? rule_of_three(people) : by_probe(hits, faces.source.size(), weights),
            none ? IntervalMethod::kRuleOfThreePeople : IntervalMethod::kBootstrap, probes.composition);
        rates.rows.push_back({plain(threshold), fpir, fmr,
                              in_words(match::SimilarityScale::fmr_of_similarity(threshold)),
                              std::to_string(same)});
        const double per_pair = pairs == 0 ? 0 : static_cast<double>(events) / static_cast<double>(pairs);
        const double scaled = -std::expm1(kPublishedGallery * std::log1p(-per_pair));
        overall.sentences.push_back(
            fmt::format("At threshold {}, {} of {} people were matched to somebody else among {} faces: {}. "
                        "In a gallery of "
                        "25,000 that rate per comparison would match {:.1f} of {} people, if comparisons are "
                        "independent.",
                        plain(threshold), matched, people, faces.source.size(), fpir.sentence(),
                        scaled * static_cast<double>(people), people));

        std::vector<Counts> groups(probes.groups.size());
        for (std::size_t i = 0; i < people; ++i) {
            Counts& group = groups[probes.pictures[searched.source[i]].group];
            ++group.probes;
            group.matched += hits[i] > 0 ? 1U : 0U;
        }
        std::vector<std::size_t> order;
        for (std::size_t g = 0; g < groups.size(); ++g)
            if (groups[g].probes > 0) order.push_back(g);
        std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
            const auto share = [&](std::size_t g) {
                return groups[g].probes < kFewestTrials
                           ? -1.0
                           : static_cast<double>(groups[g].matched) / static_cast<double>(groups[g].probes);
            };
            return share(a) > share(b);
        });
        Table of_groups{
            .title = fmt::format("Threshold {}: people falsely matched, by group", plain(threshold)),
            .columns = {"Group", "Falsely matched", "Share of all falsely matched", "Share of all people"},
            .rows = {}};
        BarChart chart{
            .title = fmt::format("People falsely matched at threshold {}, by group", plain(threshold)),
            .axis = "share of the group's people who are matched to somebody else",
            .bars = {}};
        for (const std::size_t g : order) {
            const Rate rate = Rate::of_trials(groups[g].matched, groups[g].probes, probes.composition);
            of_groups.rows.push_back({probes.groups[g], rate,
                                      Rate::of_trials(groups[g].matched, matched, probes.composition),
                                      Rate::of_trials(groups[g].probes, people, probes.composition)});
            chart.bars.emplace_back(probes.groups[g], rate);
        }
        by_group.bars.push_back(std::move(chart));
        by_group.tables.push_back(std::move(of_groups));
    }
    overall.tables.push_back(std::move(rates));
    overall.tables.push_back(
        {.title = "Published tests of the same design, at Rekognition's default cut of 80",
         .columns = {"Test", "Falsely matched", "Probes", "Gallery"},
         .rows = {
             {"ACLU, July 2018", "28 of 535 (5.2 %)", "members of the 115th US Congress",
              "25,000 arrest photographs"},
             {"Comparitech, May 2020", "32 of 530 (6.0 %)", "US legislators", "25,000 arrest photographs"},
             {"Comparitech, May 2020", "73 of 1,429 (5.1 %)", "UK politicians",
              "25,000 arrest photographs"}}});

    Section listed{
        .id = "pairs",
        .title = "Which pictures were matched",
        .sentences = {"Each of these must be looked at by a person: a gallery without names may hold the "
                      "very people who are searched. Pairs found to be the same person are entered as "
                      "`same` in suspects.csv and given back with --verdicts; only those are left out."},
        .bars = {},
        .dets = {},
        .tables = {}};
    Table table{.title = fmt::format("Matches at or above threshold {}, most similar first{}",
                                     plain(method.thresholds.front()),
                                     result.matches.size() > kListedMatches ? " (the first 200)" : ""),
                .columns = {"Probe", "Gallery picture", "Similarity", "Group of the probe", "Looked at"},
                .rows = {}};
    for (std::size_t i = 0; i < std::min(kListedMatches, result.matches.size()); ++i) {
        const Match& match = result.matches[i];
        table.rows.push_back({probes.pictures[match.probe].file, gallery.pictures[match.gallery].file,
                              fmt::format("{:.2f}{}", match.similarity,
                                          scale.extrapolated(match.score) ? " (extrapolated)" : ""),
                              probes.groups[probes.pictures[match.probe].group],
                              match.same ? "same person" : "not confirmed"});
    }
    listed.tables.push_back(std::move(table));
    result.sections = {std::move(overall), std::move(by_group), std::move(listed)};
    result.methods = {
        "One portrait of each person (the first in which a face is found) is compared with every face of the "
        "gallery, "
        "as SearchFacesByImage would: largest face, the pack's normalised score, its Similarity scale.",
        "FPIR: Wilson's 95 % interval over people. FMR: bootstrap over the people searched; with no event, "
        "three over "
        "the number of people.",
        "Pairs that the labels call the same person are left out, and pairs that a person confirmed."};
    result.limits = {
        "Few events make wide intervals: read the interval, not the rate.",
        "A gallery of another kind (arrest photographs, other countries, children) gives other rates.",
        "Scaling to 25,000 faces assumes that comparisons are independent; they are not quite."};
    return result;
}

std::string suspects_csv(const FalseMatches& result, const DataSet& probes, const DataSet& gallery) {
    std::string out = "probe,gallery,similarity,verdict\n";
    for (const Match& match : result.matches)
        out += fmt::format("{},{},{:.2f},{}\n", csv_field(probes.pictures[match.probe].file),
                           csv_field(gallery.pictures[match.gallery].file), match.similarity,
                           match.same ? "same" : "");
    return out;
}

}  // namespace visavis::audit
