#include "audit/identification_sections.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engine/error_rates.h"

namespace visavis::audit {
namespace {

constexpr std::array<std::uint32_t, 6> kRanks = {1, 2, 5, 10, 20, 50};

std::string faces_of(const GallerySize& size) {
    return with_commas(size.faces) + (size.synthetic ? " (synthetic)" : "");
}

}  // namespace

Section overall_section(const SearchTrials& trials) {
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
        const auto promised = trials.comparer.promised(threshold);
        table.rows.push_back({plain(threshold), fpir,
                              promised ? in_words(engine::fpir_of(*promised, gallery)) +
                                             (trials.comparer.extrapolated(cut) ? " (extrapolated)" : "")
                                       : "none stated",
                              fnir, tpir});
        section.sentences.push_back(
            fmt::format("At threshold {}, among {} faces, a stranger raises an alarm: {}.", plain(threshold),
                        with_commas(gallery), fpir.sentence()));
        if (fnir.trials() > 0)
            section.sentences.back() += fmt::format(" An enrolled person is missed: {}.", fnir.sentence());
    }
    section.tables.push_back(std::move(table));
    return section;
}

Section group_section(const SearchTrials& trials) {
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

Section rank_section(const SearchTrials& trials) {
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

Section size_section(const SearchTrials& trials) {
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

Section bound_section(const SearchTrials& trials, const std::vector<double>& bounds) {
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

}  // namespace visavis::audit
