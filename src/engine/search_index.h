// One search of an index, and what is said beside its answer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "engine/engine.h"
#include "match/index.h"

namespace visavis::engine {

struct IndexSearch {
    std::span<const float> vector;
    match::Normalisation normalisation;
    float threshold{};  ///< Similarity asked for, 0…100; the collection's tag `visavis:max-fpir` may raise it
    store::CollectionKey collection{};
    std::size_t most{};  ///< candidates
    std::span<const std::uint64_t> except{};
};

struct IndexMatch {
    std::uint64_t row{};
    double similarity{};
    MatchRate rate;
};

/// Rows at or above the threshold, best first, by raw score: Similarity saturates at 100. Writes threshold,
/// gallery size, false match rate, expected false matches and FPIR = 1 − (1 − FMR)^N into record and notes.
/// kInvalidParameter if the collection's tag is no rate, or no threshold can hold it (threshold_in_force()).
[[nodiscard]] Result<std::vector<IndexMatch>> search_index(const Engine& engine, const match::Index& index,
                                                           const IndexSearch& search, AnswerNotes& notes,
                                                           Record& record);

}  // namespace visavis::engine
