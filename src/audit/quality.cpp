#include "audit/quality.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "engine/quality_filter.h"

namespace visavis::audit {
namespace {

struct Refused {
    std::uint64_t pictures{};
    std::uint64_t refused{};
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

std::vector<Section> quality(const DataSet& set, const QualityAnswers& answers) {
    Section section{
        .id = "quality",
        .title = "Whom the quality filter refuses: worst group first",
        .sentences = {"A refused picture can be neither indexed nor searched under that filter. A picture in "
                      "which no face is found is refused by all of them."}};
    static_assert(kQualityFilters[0] == engine::QualityFilter::kLow &&
                  kQualityFilters[2] == engine::QualityFilter::kHigh);
    static const std::vector<QualityReasons> kNone;
    for (const auto& [reasons_of, id, label] :
         {std::tuple(&kNone, "none", "NONE (no face found)"), std::tuple(&answers[0], "low", "LOW"),
          std::tuple(&answers[1], "medium", "MEDIUM"), std::tuple(&answers[2], "high", "HIGH")}) {
        std::vector<Refused> groups(set.groups.size());
        for (std::size_t i = 0; i < set.pictures.size(); ++i) {
            const LabelledPicture& picture = set.pictures[i];
            Refused& group = groups[picture.group];
            ++group.pictures;
            if (picture.face == nullptr) {
                ++group.refused;
                ++group.reasons["NO_FACE"];
                continue;
            }
            if (reasons_of->empty() || (*reasons_of)[i].empty()) continue;
            ++group.refused;
            for (const std::string& reason : (*reasons_of)[i]) ++group.reasons[reason];
        }
        std::vector<std::size_t> order(groups.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
            const auto share = [&](std::size_t g) {
                return groups[g].pictures < kFewestTrials
                           ? -1.0
                           : static_cast<double>(groups[g].refused) / static_cast<double>(groups[g].pictures);
            };
            return share(a) > share(b);
        });
        Table table{.id = id,
                    .title = fmt::format("QualityFilter {}", label),
                    .columns = {"Group", "Refused", "Reasons (a picture may have several)"},
                    .rows = {},
                    .higher = {Higher::kSaysNothing, Higher::kIsWorse, Higher::kSaysNothing}};
        for (const std::size_t g : order)
            table.rows.push_back({set.groups[g],
                                  Rate::of_trials(groups[g].refused, groups[g].pictures, set.composition),
                                  in_order(groups[g].reasons)});
        section.tables.push_back(std::move(table));
    }
    return {std::move(section)};
}

}  // namespace visavis::audit
