#include "audit/identification.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "audit/groups.h"
#include "engine/error_rates.h"

namespace visavis::audit {
namespace {

constexpr std::array<std::uint32_t, 6> kRanks = {1, 2, 5, 10, 20, 50};

/// What the sections are made from.
struct Trials {
    const DataSet& probes;
    const PackComparer& comparer;
    GallerySizes sizes;
    Weights weights;
    std::vector<double> thresholds;

    /// Share of the searches for which `event` says whether they are one (nothing: not to be counted); of one
    /// group of the probes if `group` names one.
    template <typename Event>
    [[nodiscard]] GroupRate rate(std::string name, std::optional<std::uint32_t> group,
                                 const Event& event) const {
        std::map<std::uint32_t, PersonCount> of_person;
        for (std::size_t i = 0; i < sizes.searches.size(); ++i) {
            const LabelledPicture& picture = probes.pictures[sizes.searches[i].picture];
            if (group && picture.group != *group) continue;
            const std::optional<bool> happened = event(i);
            if (!happened) continue;
            PersonCount& count = of_person[picture.person];
            count.person = picture.person;
            ++count.trials;
            count.events += *happened ? 1U : 0U;
        }
        std::vector<PersonCount> counts;
        for (const auto& [person, count] : of_person) counts.push_back(count);
        return rate_of_people(std::move(name), counts, weights, probes.composition);
    }

    [[nodiscard]] GroupRate false_alarms(std::size_t size, double cut,
                                         std::optional<std::uint32_t> group = std::nullopt) const {
        return rate(group ? probes.groups[*group] : "", group, [&](std::size_t i) -> std::optional<bool> {
            return sizes.searches[i].strangers[size] >= cut;
        });
    }

    /// Missed: searches of enrolled people that do not return them at or above `cut`.
    [[nodiscard]] GroupRate missed(double cut, std::optional<std::uint32_t> group = std::nullopt) const {
        return rate(group ? probes.groups[*group] : "", group, [&](std::size_t i) -> std::optional<bool> {
            if (!sizes.searches[i].enrolled) return std::nullopt;
            return sizes.searches[i].own < cut;
        });
    }

    [[nodiscard]] Rate found_within(std::size_t size, std::uint32_t rank) const {
        return rate("", std::nullopt,
                    [&](std::size_t i) -> std::optional<bool> {
                        const SearchOutcome& search = sizes.searches[i];
                        if (!search.enrolled) return std::nullopt;
                        if (size > sizes.all)
                            return search.own >= search.strangers[size] && search.rank[sizes.all] == 0;
                        return search.rank[size] < rank;
                    })
            .rate;
    }

    [[nodiscard]] bool any_enrolled() const {
        return std::ranges::any_of(sizes.searches, &SearchOutcome::enrolled);
    }
    [[nodiscard]] std::uint64_t faces() const { return sizes.sizes[sizes.all].faces; }
};

std::string faces_of(const GallerySize& size) {
    return with_commas(size.faces) + (size.synthetic ? " (synthetic)" : "");
}

Section overall(const Trials& trials) {
    Section section{.id = "overall", .title = "Who is found, and who is taken for somebody else"};
    const std::uint64_t gallery = trials.faces();
    Table table{.id = "by-threshold",
                .title = fmt::format("{} searches in {} faces", with_commas(trials.sizes.searches.size()),
                                     with_commas(gallery)),
                .columns = {"Threshold (Similarity)", "Strangers who raise an alarm (FPIR)",
                            "FPIR the threshold promises", "Enrolled people missed (FNIR)",
                            "Enrolled people found (TPIR)"},
                .rows = {},
                .higher = {Higher::kSaysNothing, Higher::kIsWorse, Higher::kSaysNothing, Higher::kIsWorse,
                           Higher::kIsBetter}};
    for (const double threshold : trials.thresholds) {
        const double cut = trials.comparer.cut(threshold);
        const Rate fpir = trials.false_alarms(trials.sizes.all, cut).rate;
        const Rate fnir = trials.missed(cut).rate;
        const Rate tpir = trials
                              .rate("", std::nullopt,
                                    [&](std::size_t i) -> std::optional<bool> {
                                        if (!trials.sizes.searches[i].enrolled) return std::nullopt;
                                        return trials.sizes.searches[i].own >= cut;
                                    })
                              .rate;
        const double promised = engine::fpir_of(*trials.comparer.promised(threshold), gallery);
        table.rows.push_back(
            {plain(threshold), fpir,
             in_words(promised) + (trials.comparer.extrapolated(cut) ? " (extrapolated)" : ""), fnir, tpir});
        section.sentences.push_back(
            fmt::format("At threshold {}, among {} faces, a stranger raises an alarm: {}.", plain(threshold),
                        with_commas(gallery), fpir.sentence()));
        if (fnir.trials() > 0)
            section.sentences.back() += fmt::format(" An enrolled person is missed: {}.", fnir.sentence());
    }
    section.tables.push_back(std::move(table));
    return section;
}

Section by_group(const Trials& trials) {
    Section section{.id = "by-group", .title = "For whom it is wrong: worst group first"};
    for (const double threshold : trials.thresholds) {
        const double cut = trials.comparer.cut(threshold);
        const std::string at = plain(threshold);
        const auto add = [&](std::string id, const std::string& title, const std::string& what, auto rate) {
            std::vector<GroupRate> rows;
            for (std::uint32_t g = 0; g < trials.probes.groups.size(); ++g)
                if (auto row = rate(g); row.rate.trials() > 0) rows.push_back(std::move(row));
            if (rows.empty()) return;
            worst_first(rows);
            add_differential(section, rows, what, at);
            section.bars.push_back(chart_of(fmt::format("{}, threshold {}", title, at), what, rows));
            section.tables.push_back(
                table_of(std::move(id) + at, fmt::format("Threshold {}: {}", at, what), "Share", rows));
        };
        add("fpir-by-group-", "Strangers who raise an alarm", "share of strangers who raise an alarm (FPIR)",
            [&](std::uint32_t g) { return trials.false_alarms(trials.sizes.all, cut, g); });
        add("fnir-by-group-", "Enrolled people missed", "share of enrolled people who are missed (FNIR)",
            [&](std::uint32_t g) { return trials.missed(cut, g); });
    }
    return section;
}

Section by_rank(const Trials& trials) {
    Section section{
        .id = "rank",
        .title = "At which place the right person stands",
        .sentences = {"Whatever the threshold: how often the enrolled person is among the first k people of "
                      "the list (CMC)."}};
    Table table{
        .id = "cmc", .title = "Enrolled people found among the first k", .columns = {"k"}, .rows = {}};
    table.higher = {Higher::kSaysNothing};
    LineChart chart{.title = "Enrolled people found among the first k",
                    .x_axis = "k",
                    .y_axis = "share of enrolled people found",
                    .log_rate = false,
                    .lines = {}};
    for (std::size_t size = 0; size <= trials.sizes.all; ++size) {
        table.columns.push_back(fmt::format("{} faces", faces_of(trials.sizes.sizes[size])));
        table.higher.push_back(Higher::kIsBetter);
        chart.lines.emplace_back(table.columns.back(), std::vector<LinePoint>());
    }
    for (const std::uint32_t rank : kRanks) {
        table.rows.push_back({std::to_string(rank)});
        for (std::size_t size = 0; size <= trials.sizes.all; ++size) {
            const Rate rate = trials.found_within(size, rank);
            table.rows.back().emplace_back(rate);
            chart.lines[size].second.push_back(
                {.x = static_cast<double>(rank), .rate = rate, .synthetic = false});
        }
    }
    section.tables.push_back(std::move(table));
    section.lines.push_back(std::move(chart));
    return section;
}

/// FPIR(N): measured, promised, and the synthetic gallery checked against the real one.
Section by_size(const Trials& trials) {
    Section section{.id = "size", .title = "What a larger gallery does"};
    Table table{.id = "fpir-by-size",
                .title = "Strangers who raise an alarm (FPIR), by the gallery's size",
                .columns = {"Faces in the gallery"},
                .rows = {}};
    LineChart chart{.title = "Strangers who raise an alarm, by the gallery's size",
                    .x_axis = "faces in the gallery (hollow: real faces filled up with synthetic ones)",
                    .y_axis = "FPIR",
                    .log_rate = true,
                    .lines = {}};
    table.higher = {Higher::kSaysNothing};
    for (const double threshold : trials.thresholds) {
        table.columns.push_back("Threshold " + plain(threshold));
        table.columns.emplace_back("promised");
        table.higher.insert(table.higher.end(), {Higher::kIsWorse, Higher::kSaysNothing});
        chart.lines.emplace_back("threshold " + plain(threshold), std::vector<LinePoint>());
    }
    const bool enrolled = trials.any_enrolled();
    if (enrolled) {
        table.columns.emplace_back("Right person first (rank 1)");
        table.higher.push_back(Higher::kIsBetter);
    }
    for (std::size_t size = 0; size < trials.sizes.sizes.size(); ++size) {
        const GallerySize& gallery = trials.sizes.sizes[size];
        table.rows.push_back({faces_of(gallery)});
        for (std::size_t i = 0; i < trials.thresholds.size(); ++i) {
            const double threshold = trials.thresholds[i];
            const Rate rate = trials.false_alarms(size, trials.comparer.cut(threshold)).rate;
            table.rows.back().emplace_back(rate);
            table.rows.back().emplace_back(
                in_words(engine::fpir_of(*trials.comparer.promised(threshold), gallery.faces)));
            chart.lines[i].second.push_back(
                {.x = static_cast<double>(gallery.faces), .rate = rate, .synthetic = gallery.synthetic});
        }
        if (enrolled) table.rows.back().emplace_back(trials.found_within(size, 1));
    }
    section.lines.push_back(std::move(chart));
    section.tables.push_back(std::move(table));
    if (trials.sizes.synthetic_alone.empty()) {
        section.sentences.emplace_back(
            "All faces of this section are real; the gallery is too small, or it was not asked, to imitate "
            "more.");
        return section;
    }
    section.sentences.push_back(fmt::format(
        "Up to {} faces the gallery is real. Beyond, templates of people who do not exist fill it up; they "
        "are "
        "moved copies of the real ones and marked as synthetic. The last table shows how well they imitate: "
        "as many synthetic faces as real ones, searched alone.",
        with_commas(trials.faces())));
    Table check{.id = "synthetic-check",
                .title = fmt::format("FPIR among {} faces, real and synthetic", with_commas(trials.faces())),
                .columns = {"Threshold (Similarity)", "Real faces", "As many synthetic faces"},
                .rows = {}};
    for (const double threshold : trials.thresholds) {
        const double cut = trials.comparer.cut(threshold);
        check.rows.push_back({plain(threshold), trials.false_alarms(trials.sizes.all, cut).rate,
                              trials
                                  .rate("", std::nullopt,
                                        [&](std::size_t i) -> std::optional<bool> {
                                            return trials.sizes.synthetic_alone[i] >= cut;
                                        })
                                  .rate});
    }
    section.tables.push_back(std::move(check));
    return section;
}

/// The tag `visavis:max-fpir` raises the threshold with the gallery: alarms stay where they are.
Section bounded(const Trials& trials, const std::vector<double>& bounds) {
    Section section{
        .id = "max-fpir",
        .title = "With a bound on alarms the threshold rises with the gallery",
        .sentences = {
            "A collection's tag `visavis:max-fpir` bounds the share of strangers who raise an alarm. "
            "The server then raises the threshold as the gallery grows, and refuses a bound that no "
            "Similarity up to 100 can hold. The alarms among 1,000 strangers should stay at or below "
            "1,000 times the bound, whatever the size."}};
    LineChart chart{.title = "Strangers who raise an alarm under a bound, by the gallery's size",
                    .x_axis = "faces in the gallery (hollow: real faces filled up with synthetic ones)",
                    .y_axis = "FPIR",
                    .log_rate = true,
                    .lines = {}};
    for (const double bound : bounds) {
        Table table{
            .id = "max-fpir-" + plain(bound),
            .title = fmt::format("visavis:max-fpir = {}: at most {:g} in 1,000 strangers raise an alarm",
                                 plain(bound), 1000 * bound),
            .columns = {"Faces in the gallery", "Threshold in force", "FPIR measured",
                        "Alarms among 1,000 strangers"},
            .rows = {},
            .higher = {Higher::kSaysNothing, Higher::kSaysNothing, Higher::kIsWorse, Higher::kSaysNothing}};
        std::vector<LinePoint> points;
        for (std::size_t size = 0; size < trials.sizes.sizes.size(); ++size) {
            const GallerySize& gallery = trials.sizes.sizes[size];
            const auto threshold = engine::threshold_in_force(0, bound, gallery.faces);
            if (!threshold) {
                table.rows.push_back({faces_of(gallery), "refused: needs more than 100", "", ""});
                continue;
            }
            const Rate rate = trials.false_alarms(size, trials.comparer.cut(*threshold)).rate;
            points.push_back(
                {.x = static_cast<double>(gallery.faces), .rate = rate, .synthetic = gallery.synthetic});
            table.rows.push_back(
                {faces_of(gallery), fmt::format("{:.2f}", *threshold), rate,
                 rate.too_few() ? "too few to say"
                                : fmt::format("{:.1f} ({:.1f} to {:.1f})", 1000 * *rate.value(),
                                              1000 * rate.interval().low, 1000 * rate.interval().high)});
        }
        if (!points.empty()) chart.lines.emplace_back("bound " + plain(bound), std::move(points));
        section.tables.push_back(std::move(table));
    }
    section.lines.push_back(std::move(chart));
    return section;
}

}  // namespace

Result<Identification> identification(const DataSet& probes, const DataSet& gallery,
                                      const SamePerson& confirmed, const PackComparer& comparer,
                                      const Method& method, const IdentificationOptions& options) {
    if (all_faces(probes).empty() || all_faces(gallery).empty())
        return fail(
            ErrorCode::kInvalidParameter,
            fmt::format("no face was found in {}", all_faces(probes).empty() ? "the probes" : "the gallery"));
    const Trials trials{
        .probes = probes,
        .comparer = comparer,
        .sizes = search_sizes(
            probes, gallery, confirmed, comparer,
            {.synthetic_up_to = options.synthetic_up_to, .seed = method.seed, .progress = options.progress}),
        .weights = resamples(probes.people.size(), method.resamples, method.seed),
        .thresholds = method.thresholds};
    Identification result;
    result.sections.push_back(overall(trials));
    result.sections.push_back(by_group(trials));
    if (trials.any_enrolled()) result.sections.push_back(by_rank(trials));
    result.sections.push_back(by_size(trials));
    result.sections.push_back(bounded(trials, options.bounds));
    result.methods = {
        // NOLINTNEXTLINE(bugprone-suspicious-missing-comma): one sentence on two lines
        "Every picture of the probes is searched in every face of the gallery: largest face, the pack's "
        "normalised score, exact. A picture without a face finds nobody and counts as a miss.",
        "FPIR: the person's own photographs are left out of the gallery, so every search is one of a "
        "stranger too. FNIR: searches of people with another photograph in the gallery.",
        "Smaller galleries are the first faces of one random order. Promised: 1 − (1 − FMR)^N.",
        "Intervals: Wilson's over people with one search each, else bootstrap over people; with no event, "
        "three over the number of people.",
        "Synthetic faces: a real face drawn at random and moved half of the way (in variance) along a "
        "Gaussian of the gallery's covariance; their scores are normalised like any other's."};
    result.limits = {
        "A gallery without names may hold the searched people themselves: `visavis audit "
        "false-matches` lists such pairs for a person to look at; they are left out only once confirmed "
        "(--verdicts).",
        "Synthetic faces are look-alikes of real ones: they show how scores add up in a large gallery, not "
        "what other people would look like.",
        "Few events make wide intervals: read the interval, not the rate."};
    return result;
}

}  // namespace visavis::audit
