#include "audit/quality.h"

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "audit/groups.h"
#include "engine/quality_filter.h"

namespace visavis::audit {
namespace {

struct Refused {
    std::map<std::uint32_t, PersonCount> people;
    std::map<std::string, std::uint64_t> reasons;
};

std::string in_order(const std::map<std::string, std::uint64_t>& reasons) {
    std::string out;
    for (const auto& [reason, count] : reasons)
        out += fmt::format("{}{} {}", out.empty() ? "" : ", ", reason, count);
    return out;
}

}  // namespace

QualityAnswers judge_set(const DataSet& set) {
    QualityAnswers answers;
    for (std::size_t i = 0; i < kQualityFilters.size(); ++i)
        for (const LabelledPicture& picture : set.pictures) {
            QualityReasons& reasons = answers.at(i).emplace_back();
            if (picture.face == nullptr) continue;
            for (const auto reason : engine::quality_reasons(
                     picture.face->face, {.width = picture.record->width, .height = picture.record->height},
                     kQualityFilters.at(i)))
                reasons.emplace_back(engine::reason_name(reason));
        }
    return answers;
}

std::vector<Section> quality(const DataSet& set, const QualityAnswers& answers, const Method& method) {
    const Weights weights = resamples(set.people.size(), method.resamples, method.seed);
    Section section{
        .id = "quality",
        .title = "Whom the quality filter refuses: worst group first",
        .sentences = {"A refused picture can be neither indexed nor searched under that filter. A picture in "
                      "which no face is found is refused by all of them."}};
    static_assert(kQualityFilters[0] == engine::QualityFilter::kLow &&
                  kQualityFilters[2] == engine::QualityFilter::kHigh);
    const std::vector<QualityReasons> no_reasons;
    for (const auto& [reasons_of, id, label] :
         {std::tuple(&no_reasons, "none", "NONE (no face found)"), std::tuple(&answers.at(0), "low", "LOW"),
          std::tuple(&answers.at(1), "medium", "MEDIUM"), std::tuple(&answers.at(2), "high", "HIGH")}) {
        std::vector<Refused> groups(set.groups.size());
        for (std::size_t i = 0; i < set.pictures.size(); ++i) {
            const LabelledPicture& picture = set.pictures[i];
            Refused& group = groups[picture.group];
            PersonCount& person = group.people[picture.person];
            person.person = picture.person;
            ++person.trials;
            if (picture.face == nullptr) {
                ++person.events;
                ++group.reasons["NO_FACE"];
                continue;
            }
            if (reasons_of->empty() || (*reasons_of)[i].empty()) continue;
            ++person.events;
            for (const std::string& reason : (*reasons_of)[i]) ++group.reasons[reason];
        }
        std::vector<Rate> rates;
        for (std::size_t g = 0; g < groups.size(); ++g) {
            std::vector<PersonCount> people;
            for (const auto& [number, count] : groups[g].people) people.push_back(count);
            rates.push_back(rate_of_people(set.groups[g], people, weights, set.composition).rate);
        }
        std::vector<std::size_t> order(groups.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::ranges::stable_sort(order, std::greater<>{},
                                 [&](std::size_t g) { return rates[g].value().value_or(-1); });
        Table table{.id = id,
                    .title = fmt::format("QualityFilter {}", label),
                    .columns = {"Group", "Refused", "Reasons (a picture may have several)"},
                    .rows = {},
                    .higher = {Higher::kSaysNothing, Higher::kIsWorse, Higher::kSaysNothing}};
        for (const std::size_t g : order)
            table.rows.push_back({set.groups[g], rates[g], in_order(groups[g].reasons)});
        section.tables.push_back(std::move(table));
    }
    return {std::move(section)};
}

}  // namespace visavis::audit
