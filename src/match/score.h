// The score that a search ranks by: a cosine, normalised by what is known of both sides.
//
//     score = ½ · [ (c − μ_q) / σ_q + (c − μ_r) / σ_r ],   c = cosine of query and row
//
// is adaptive symmetric score normalisation (AS-norm; Matějka et al., "Analysis of Score Normalization in
// Multilingual Speaker Recognition", Interspeech 2017): μ and σ are mean and deviation of a template's best
// scores against a cohort. A side is kept as the two numbers weight = 1/σ and offset = μ/σ, so that
//
//     score = c · ½(weight_q + weight_r) − ½(offset_q + offset_r).
//
// With the default {1, 0} on both sides the score is the cosine itself.
#pragma once

#include <span>

#include "match/compare.h"

namespace visavis::match {

struct Normalisation {
    float weight{1};  ///< 1/σ, above 0
    float offset{0};  ///< μ/σ

    friend bool operator==(const Normalisation&, const Normalisation&) = default;
};

/// The score of a cosine. Rises with `cosine`; symmetric in q and r.
[[nodiscard]] inline double normalised(double cosine, Normalisation q, Normalisation r) noexcept {
    return cosine * 0.5 * (double{q.weight} + double{r.weight}) - 0.5 * (double{q.offset} + double{r.offset});
}

}  // namespace visavis::match
