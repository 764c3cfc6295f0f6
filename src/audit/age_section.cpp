#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "audit/attribute_sections.h"

namespace visavis::audit {
namespace {

struct AgeError {
    double sum{};  // years
    std::uint64_t faces{};
    Count covered;
    double width{};

    void add(const face::AgeRange& said, double age) {
        sum += std::abs((said.low + said.high) / 2.0 - age);
        width += said.high - said.low;
        ++faces;
        covered.add(said.low <= age && age <= said.high);
    }
    [[nodiscard]] double mean() const { return sum / static_cast<double>(faces); }
    [[nodiscard]] std::string sentence() const {
        if (faces < kFewestTrials) return fmt::format("too few to say ({})", faces);
        return fmt::format("{:.1f} years ({} faces)", mean(), faces);
    }
};

using AgeErrors = std::map<std::string, AgeError>;

Table table_of_errors(std::string id, std::string title, std::string first_column, const AgeErrors& errors,
                      const DataSet& set) {
    Table table{.id = std::move(id),
                .title = std::move(title),
                .columns = {std::move(first_column), "Mean absolute error", "Range holds the band's middle",
                            "Range's width on average"},
                .rows = {},
                .higher = {Higher::kSaysNothing, Higher::kIsWorse, Higher::kIsBetter, Higher::kSaysNothing}};
    std::vector<std::pair<std::string, const AgeError*>> rows;
    for (const auto& [name, error] : errors) rows.emplace_back(name, &error);
    std::ranges::stable_sort(rows, std::greater<>{}, [](const auto& row) {
        return row.second->faces < kFewestTrials ? -1 : row.second->mean();
    });
    for (const auto& [name, error] : rows)
        table.rows.push_back({name, error->sentence(), error->covered.rate(set),
                              fmt::format("{:.1f} years", error->width / static_cast<double>(error->faces))});
    return table;
}

/// Label's band against the band that the middle of the range falls into, as counts. Bands by age.
Table confusion_table(const Described& of) {
    std::map<double, std::string> bands;
    for (const AttributeLabels& label : of.labels)
        if (label.age) bands.emplace(*label.age, label.band);
    const auto band_at = [&](double age) {
        return std::ranges::min_element(bands, {},
                                        [&](const auto& band) {
                                            // Bands are of ten years but for the first two, whose middles are
                                            // nearer to their ends.
                                            return std::abs(band.first - age);
                                        })
            ->first;
    };
    std::map<double, std::map<double, std::uint64_t>> counts;
    for (std::size_t i = 0; i < of.answers.size(); ++i)
        if (of.answers[i] && of.answers[i]->said.age && of.labels[i].age) {
            const face::AgeRange& said = *of.answers[i]->said.age;
            ++counts[*of.labels[i].age][band_at((said.low + said.high) / 2.0)];
        }
    Table table{.title = "Label against the band whose middle is nearest to the range's, faces",
                .columns = {"Label"},
                .rows = {}};
    for (const auto& [age, band] : bands) table.columns.push_back(band);
    for (const auto& [age, band] : bands) {
        std::vector<Cell> row = {band};
        for (const auto& [said, unused] : bands) row.emplace_back(std::to_string(counts[age][said]));
        table.rows.push_back(std::move(row));
    }
    return table;
}

}  // namespace

Section age_section(const Described& of) {
    AgeErrors by_band;
    AgeErrors by_group;
    AgeError all;
    for (std::size_t i = 0; i < of.answers.size(); ++i) {
        const AttributeLabels& truth = of.labels[i];
        if (!of.answers[i] || !of.answers[i]->said.age || !truth.age) continue;
        const face::AgeRange& said = *of.answers[i]->said.age;
        for (AgeError* error : {&by_band[truth.band], &by_group[truth.group], &all})
            error->add(said, *truth.age);
    }
    Section section{
        .id = "age",
        .title = "Age",
        .sentences = {fmt::format(
            "The middle of AgeRange lies {} from the middle of the label's band on average; the range holds "
            "that middle for {}; it is {:.1f} years wide on average.",
            all.sentence(), all.covered.rate(of.set).sentence(),
            all.width / static_cast<double>(std::max<std::uint64_t>(all.faces, 1)))}};
    section.tables.push_back(table_of_errors("by-age", "By age band, worst first", "Age", by_band, of.set));
    section.tables.push_back(table_of_errors("by-group", "By group, worst first", "Group", by_group, of.set));
    section.tables.push_back(confusion_table(of));
    return section;
}

}  // namespace visavis::audit
