#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "audit/attribute_sections.h"
#include "audit/published.h"

namespace visavis::audit {
namespace {

struct Tally {
    Counts by_group;  // adults
    Counts by_age;
    Counts by_group_and_age;
    Count adults;
    std::array<std::array<std::uint64_t, 2>, 2> confusion{};  // [label female][said female], adults
};

/// Faces without an age label count as adults.
Tally count(const Described& of) {
    Tally tally;
    for (std::size_t i = 0; i < of.answers.size(); ++i) {
        const AttributeLabels& truth = of.labels[i];
        if (!of.answers[i] || !of.answers[i]->said.gender || !truth.female) continue;
        const bool female = of.answers[i]->said.gender->female;
        const bool wrong = female != *truth.female;
        if (truth.age) {
            tally.by_age[truth.band].add(wrong);
            tally.by_group_and_age[truth.group + " / " + truth.band].add(wrong);
        }
        if (truth.age.value_or(kAdult) < kAdult) continue;
        tally.adults.add(wrong);
        tally.by_group[truth.group].add(wrong);
        ++tally.confusion[*truth.female ? 1 : 0][female ? 1 : 0];
    }
    return tally;
}

Table confusion_table(const Tally& tally, const DataSet& set) {
    Table table{.title = "Label against answer, adults",
                .columns = {"Label", "Said Female", "Said Male"},
                .rows = {}};
    for (const int female : {1, 0}) {
        const auto& row = tally.confusion.at(static_cast<std::size_t>(female));
        const std::uint64_t all = row[0] + row[1];
        table.rows.push_back({female == 1 ? "Female" : "Male", Rate::of_trials(row[1], all, set.composition),
                              Rate::of_trials(row[0], all, set.composition)});
    }
    return table;
}

std::string worst_group(const NamedRates& groups, const Count& adults) {
    if (adults.events == 0) return "Nobody was judged wrongly in any group.";
    const auto& [name, rate] = groups.front();
    if (!rate.value()) return "No group has enough adults to say which is the worst.";
    if (rate.events() == 0) return "Nobody was judged wrongly in a group of enough adults to be rated.";
    return fmt::format("Worst group: {}, {}.", name, rate.sentence());
}

/// `Black / F: 8.8 %`, or that there was nobody.
std::string named(const std::pair<std::string, Rate>& group) {
    if (*group.second.value() == 0) return "nobody judged wrongly";
    return group.first + ": " + in_words(*group.second.value());
}

/// Beside what others were found to do, in the layout of those reports.
Table published_table(const Tally& tally, const NamedRates& groups, const DataSet& set) {
    Table published = published_gender_errors();
    Table table{.title = "Beside what was published of others, on other photographs",
                .columns = {"Measured by", "System", "Everybody", "Worst group", "Best group"},
                .rows = {}};
    std::vector<Cell> own;
    own.emplace_back("this report");
    own.emplace_back("the system measured here");
    own.emplace_back(tally.adults.rate(set));
    if (!groups.empty() && groups.front().second.value()) {
        const auto* best = &groups.front();
        for (const auto& group : groups)
            if (group.second.value()) best = &group;
        own.emplace_back(named(groups.front()));
        own.emplace_back(named(*best));
    } else {
        own.insert(own.end(), 2, Cell("too few to say"));
    }
    table.rows.push_back(std::move(own));
    std::ranges::move(published.rows, std::back_inserter(table.rows));
    return table;
}

}  // namespace

Section gender_section(const Described& of) {
    const Tally tally = count(of);
    const NamedRates groups = worst_first(tally.by_group, of.set);
    Section section{.id = "gender", .title = "Gender of adults (20 and older): worst group first"};
    section.sentences.push_back(fmt::format(
        "Of the adults in whose picture a face was found, the label's gender was not what was said for {}.",
        tally.adults.rate(of.set).sentence()));
    if (!groups.empty()) section.sentences.push_back(worst_group(groups, tally.adults));
    section.sentences.emplace_back(
        "Gender Shades and Actionable Auditing measured on 1,270 portraits of parliamentarians of three "
        "African "
        "and three European countries. The sets differ too much for the figures to rank systems.");
    section.bars.push_back(
        {.title = "Gender errors by group", .axis = "share of adults judged wrongly", .bars = groups});
    section.tables.push_back(table_of("by-group", "By group", "Judged wrongly", groups, "Group"));
    section.tables.push_back(published_table(tally, groups, of.set));
    section.tables.push_back(confusion_table(tally, of.set));
    if (!tally.by_age.empty()) {
        section.tables.push_back(table_of("by-age", "By age band, everybody", "Judged wrongly",
                                          worst_first(tally.by_age, of.set), "Age"));
        section.tables.push_back(table_of("by-group-and-age", "By group and age band, everybody",
                                          "Judged wrongly", worst_first(tally.by_group_and_age, of.set),
                                          "Group and age"));
    }
    return section;
}

}  // namespace visavis::audit
