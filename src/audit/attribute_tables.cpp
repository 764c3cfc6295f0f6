#include <algorithm>
#include <array>
#include <ranges>
#include <span>

#include <fmt/format.h>

#include "audit/attribute_sections.h"

namespace visavis::audit {
namespace {

// Ends of the bins of Confidence, in per cent: fine where there are many answers, coarse where few.
constexpr std::array<int, 8> kFine = {50, 60, 70, 80, 90, 95, 99, 100};
constexpr std::array<int, 4> kCoarse = {50, 70, 90, 100};
constexpr std::uint64_t kMany = 700;

}  // namespace

NamedRates worst_first(const Counts& counts, const DataSet& set) {
    NamedRates rows;
    rows.reserve(counts.size());
    for (const auto& [name, count] : counts) rows.emplace_back(name, count.rate(set));
    std::ranges::stable_sort(rows, std::greater<>{},
                             [](const auto& row) { return row.second.value().value_or(-1); });
    return rows;
}

Table table_of(std::string id, std::string title, std::string what, const NamedRates& rows,
               std::string first_column) {
    Table table{.id = std::move(id),
                .title = std::move(title),
                .columns = {std::move(first_column), std::move(what)},
                .rows = {},
                .higher = {Higher::kSaysNothing, Higher::kIsWorse}};
    for (const auto& [name, rate] : rows) table.rows.push_back({name, rate});
    return table;
}

void Calibration::add(float confidence, bool right) {
    answers_.emplace_back(confidence, right);
}

std::vector<Calibration::Bin> Calibration::bins() const {
    const std::span<const int> ends =
        answers_.size() < kMany ? std::span<const int>(kCoarse) : std::span<const int>(kFine);
    std::vector<Bin> bins;
    for (std::size_t i = 0; i + 1 < ends.size(); ++i)
        bins.push_back({.from = ends[i], .to = ends[i + 1], .right = {}, .said = 0});
    for (const auto& [confidence, right] : answers_) {
        std::size_t at = 0;
        while (at + 1 < bins.size() && confidence >= static_cast<float>(bins[at].to)) ++at;
        bins[at].right.add(right);
        bins[at].said += confidence;
    }
    std::erase_if(bins, [](const Bin& bin) { return bin.right.trials == 0; });
    for (Bin& bin : bins) bin.said /= static_cast<double>(bin.right.trials);
    return bins;
}

Table Calibration::table(const std::string& title, const DataSet& set) const {
    Table table{.title = title, .columns = {"Confidence", "Said on average", "Right"}, .rows = {}};
    for (const Bin& bin : bins() | std::views::reverse)
        table.rows.push_back({fmt::format("{} to {}", bin.from, bin.to), fmt::format("{:.1f}", bin.said),
                              bin.right.rate(set)});
    return table;
}

CalibrationChart Calibration::chart(const std::string& title, const DataSet& set) const {
    CalibrationChart chart{.title = title, .points = {}};
    for (const Bin& bin : bins()) chart.points.emplace_back(bin.said / 100, bin.right.rate(set));
    return chart;
}

Section failures_section(const Described& of) {
    Counts by_group;
    Count all;
    Count without_mesh;
    for (std::size_t i = 0; i < of.answers.size(); ++i) {
        const bool found = of.answers[i].has_value();
        all.add(!found);
        if (!of.labels[i].group.empty()) by_group[of.labels[i].group].add(!found);
        if (found) without_mesh.add(of.answers[i]->said.landmarks.empty());
    }
    Section section{
        .id = "failures",
        .title = "Faces that are not found",
        .sentences = {fmt::format("No face was found in {} of the pictures.", all.rate(of.set).sentence()),
                      fmt::format("Of the faces found, the mesh did not lie on the face for {}: "
                                  "30 landmarks, Smile, EyesOpen, MouthOpen and EyeDirection are "
                                  "left out there.",
                                  without_mesh.rate(of.set).sentence())}};
    if (!by_group.empty())
        section.tables.push_back(
            table_of("by-group", "By group", "No face found", worst_first(by_group, of.set), "Group"));
    return section;
}

}  // namespace visavis::audit
