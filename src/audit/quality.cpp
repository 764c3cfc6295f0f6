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

std::vector<Section> quality(const DataSet& set) {
    using engine::QualityFilter;
    Section section{
        .id = "quality",
        .title = "Whom the quality filter refuses: worst group first",
        .sentences = {"A refused picture can be neither indexed nor searched under that filter. A picture in "
                      "which no face is found is refused by all of them."}};
    for (const auto& [filter, id, label] : {std::tuple(QualityFilter::kNone, "none", "NONE (no face found)"),
                                            std::tuple(QualityFilter::kLow, "low", "LOW, which is AUTO"),
                                            std::tuple(QualityFilter::kMedium, "medium", "MEDIUM"),
                                            std::tuple(QualityFilter::kHigh, "high", "HIGH")}) {
        std::vector<Refused> groups(set.groups.size());
        for (const LabelledPicture& picture : set.pictures) {
            Refused& group = groups[picture.group];
            ++group.pictures;
            if (picture.face == nullptr) {
                ++group.refused;
                ++group.reasons["NO_FACE"];
                continue;
            }
            const auto reasons = engine::quality_reasons(
                picture.face->face, {.width = picture.record->width, .height = picture.record->height},
                filter);
            group.refused += reasons.empty() ? 0U : 1U;
            for (const auto reason : reasons) ++group.reasons[std::string(engine::reason_name(reason))];
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
