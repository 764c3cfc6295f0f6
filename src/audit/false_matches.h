// The test that the ACLU (2018) and Comparitech (2020) made: known people's portraits searched in a gallery
// of other people; who is falsely matched, and how often, by group.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "audit/report.h"
#include "audit/trials.h"
#include "match/similarity_scale.h"

namespace visavis::audit {

/// A gallery without names may hold the probes themselves. Pairs that a person looked at and found to be the
/// same person; these are not false matches.
using SamePerson = std::set<std::pair<std::string, std::string>>;  // probe's file, gallery's file

/// Reads `probe,gallery,verdict`: rows whose verdict is `same`. Errors as CsvTable::read; kInvalidParameter
/// for a verdict other than `same`, `different` or empty.
[[nodiscard]] Result<SamePerson> read_verdicts(const std::string& path);

struct Match {
    std::uint32_t probe{};    ///< index into the probes' pictures
    std::uint32_t gallery{};  ///< index into the gallery's pictures
    double score{};
    double similarity{};
    bool same{};  ///< a person confirmed it
};

struct FalseMatches {
    std::vector<Match> matches;  ///< at or above the lowest threshold, highest score first
    std::vector<Section> sections;
    std::vector<std::string> methods;
    std::vector<std::string> limits;
};

/// Searches one portrait of each of the probes' people in every face of the gallery. Pairs that the labels
/// call the same person are left out.
[[nodiscard]] FalseMatches false_matches(const DataSet& probes, const DataSet& gallery,
                                         const SamePerson& confirmed,
                                         const match::ScoreNormaliser& normaliser,
                                         const match::SimilarityScale& scale, std::size_t dimension,
                                         const Method& method);

/// The list for a person to look at: `probe,gallery,similarity,verdict`, most similar first.
[[nodiscard]] std::string suspects_csv(const FalseMatches& result, const DataSet& probes,
                                       const DataSet& gallery);

}  // namespace visavis::audit
