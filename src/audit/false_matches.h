// The test that the ACLU (2018) and Comparitech (2020) made: known people's portraits searched in a gallery
// of other people; who is falsely matched, and how often, by group.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/comparer.h"
#include "audit/report.h"
#include "audit/trials.h"
#include "audit/verdicts.h"

namespace visavis::audit {

struct Match {
    std::uint32_t probe{};    ///< index into the probes' pictures
    std::uint32_t gallery{};  ///< index into the gallery's pictures
    double score{};
    double similarity{};
    std::optional<bool> same{};  ///< what a person said who looked at it
};

/// People of several groups counted as one, besides their groups: those with one of these labels.
struct Together {
    std::string name;
    std::vector<std::string> labels;
};

/// kInvalidParameter, naming it and the groups there are, for a label of `together` that none of the probes'
/// people has.
[[nodiscard]] Result<void> check_labels(const DataSet& probes, std::span<const Together> together);

struct FalseMatches {
    std::vector<Match> matches;  ///< at or above the lowest threshold, highest score first
    std::vector<Section> sections;
    std::vector<std::string> methods;
    std::vector<std::string> limits;
};

/// Searches one portrait of each of the probes' people in every face of the gallery. Pairs that the labels
/// call the same person are left out, and those that a person found to be one. Errors: those of the comparer.
[[nodiscard]] Result<FalseMatches> false_matches(const DataSet& probes, const DataSet& gallery,
                                                 const Verdicts& verdicts, Comparer& comparer,
                                                 const Method& method,
                                                 std::span<const Together> together = {});

/// The list for a person to look at: `probe,gallery,similarity,verdict`, most similar first. Every one of
/// `verdicts` is in it, those on pairs that are no match (today, at this threshold) at the end.
[[nodiscard]] std::string suspects_csv(const std::vector<Match>& matches, const DataSet& probes,
                                       const DataSet& gallery, const Verdicts& verdicts);

}  // namespace visavis::audit
