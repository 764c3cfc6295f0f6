// How a pack turns a comparison into a Similarity: its score normalisation and its curve.
#pragma once

#include "base/error.h"
#include "infer/model_pack.h"
#include "match/score_normalisation.h"
#include "match/similarity_scale.h"

namespace visavis::app {

struct Scoring {
    match::ScoreNormaliser normaliser;
    match::SimilarityScale scale;
};

/// Those of a verified pack. kInternal, naming the file, where one is missing or malformed, or, printing both
/// sides, where the curve was measured with another version of the pack or other scores: its error rates
/// would be those of something else. The networks' rounding is not compared, since an alternative of the
/// manifest may stand in for a network.
[[nodiscard]] Result<Scoring> scoring_of(const infer::ModelPack& pack);

}  // namespace visavis::app
