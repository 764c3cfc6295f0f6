// What a search says of its own errors, and the threshold that a gallery's size demands.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "engine/call.h"
#include "match/similarity_scale.h"

namespace visavis::engine {

/// The tag with which a collection bounds the probability that a search of a stranger returns anybody.
inline constexpr std::string_view kMaxFpirTag = "visavis:max-fpir";

/// FPIR(N) = 1 − (1 − FMR)^N: comparisons taken as independent (ISO/IEC 19795-1).
[[nodiscard]] double fpir_of(double fmr, std::uint64_t gallery_size) noexcept;

/// The Similarity at which FPIR(N) is `fpir` (0…1, both exclusive); may exceed 100. 0 for an empty gallery.
[[nodiscard]] double similarity_for_fpir(double fpir, std::uint64_t gallery_size) noexcept;

/// The bound of a collection's tags; nothing without the tag. kInvalidParameter, naming the value, unless it
/// is a number above 0 and below 1.
[[nodiscard]] Result<std::optional<double>> max_fpir_of(
    const std::map<std::string, std::string, std::less<>>& tags);

/// The threshold in force: `asked`, or what `max_fpir` demands of a gallery of this size if that is higher.
/// kInvalidParameter if it would lie above 100, where Similarity tells scores no longer apart: the bound
/// cannot be held.
[[nodiscard]] Result<double> threshold_in_force(double asked, std::optional<double> max_fpir,
                                                std::uint64_t gallery_size);

/// Fills threshold, threshold_fmr, gallery_size, expected_false_matches, fpir and extrapolated.
void note_error_rates(AnswerNotes& notes, const match::SimilarityScale& scale, double threshold,
                      std::uint64_t gallery_size);

}  // namespace visavis::engine
