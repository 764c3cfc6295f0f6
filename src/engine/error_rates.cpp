#include "engine/error_rates.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "policy/collection_tags.h"

namespace visavis::engine {

double fpir_of(double fmr, std::uint64_t gallery_size) noexcept {
    // 1 − (1 − f)^N loses every digit where f is 1e-7; these two do not.
    return -std::expm1(static_cast<double>(gallery_size) * std::log1p(-std::min(fmr, 1.0)));
}

double similarity_for_fpir(double fpir, std::uint64_t gallery_size) noexcept {
    if (gallery_size == 0) return 0;
    const double fmr = -std::expm1(std::log1p(-fpir) / static_cast<double>(gallery_size));
    return std::max(0.0, -100 * std::log10(fmr) / 7);
}

Result<std::optional<double>> max_fpir_of(const std::map<std::string, std::string, std::less<>>& tags) {
    const auto tag = tags.find(kMaxFpirTag);
    if (tag == tags.end()) return std::optional<double>();
    const auto value = policy::share_of(tag->second);
    if (!value)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("tag `{}` is `{}`, expected a number above 0 and below 1, e.g. 0.001",
                                kMaxFpirTag, tag->second));
    return value;
}

Result<double> threshold_in_force(double asked, std::optional<double> max_fpir, std::uint64_t gallery_size) {
    if (!max_fpir) return asked;
    const double needed = similarity_for_fpir(*max_fpir, gallery_size);
    if (needed > 100)
        return fail(
            ErrorCode::kInvalidParameter,
            fmt::format(
                "the collection's tag `{}` is {:g}: with {} faces that needs a Similarity of {:.2f}, and "
                "100 is the most; divide the collection or raise the bound",
                kMaxFpirTag, *max_fpir, gallery_size, needed));
    return std::max(asked, needed);
}

void note_error_rates(AnswerNotes& notes, const match::SimilarityScale& scale, double threshold,
                      std::uint64_t gallery_size) {
    const double score = scale.score_at(threshold);
    const double fmr = match::SimilarityScale::fmr_of_similarity(threshold);
    RateInterval rate{.value = fmr, .low = {}, .high = {}};
    if (const auto interval = scale.interval_of_similarity(threshold)) {
        rate.low = interval->low;
        rate.high = interval->high;
    }
    const auto each = [&](auto of) {
        return RateInterval{
            .value = of(rate.value), .low = rate.low.transform(of), .high = rate.high.transform(of)};
    };
    notes.threshold = threshold;
    notes.threshold_fmr = rate;
    notes.gallery_size = gallery_size;
    notes.expected_false_matches = each([&](double f) { return static_cast<double>(gallery_size) * f; });
    notes.fpir = each([&](double f) { return fpir_of(f, gallery_size); });
    notes.extrapolated = scale.extrapolated(score);
}

}  // namespace visavis::engine
