// Parts of the identification audit, one function a section. Internal to this layer: identification.h is the
// way in.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/gallery_sizes.h"
#include "audit/groups.h"
#include "audit/report.h"

namespace visavis::audit {

/// What the sections are made from.
struct SearchTrials {
    const DataSet& probes;
    const Comparer& comparer;
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

/// Who is found and who is taken for somebody else, by threshold.
[[nodiscard]] Section overall_section(const SearchTrials& trials);
[[nodiscard]] Section group_section(const SearchTrials& trials);
/// Needs ranks.
[[nodiscard]] Section rank_section(const SearchTrials& trials);
/// FPIR(N): measured, promised, and the synthetic gallery checked against the real one. Needs what a pack
/// promises.
[[nodiscard]] Section size_section(const SearchTrials& trials);
/// The tag `visavis:max-fpir` raises the threshold with the gallery: alarms stay where they are.
[[nodiscard]] Section bound_section(const SearchTrials& trials, const std::vector<double>& bounds);

}  // namespace visavis::audit
