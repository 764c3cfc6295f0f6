// From a recognised data set to templates ready to be compared, and the pairs that count.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "audit/data_set.h"
#include "audit/interval.h"
#include "audit/rate.h"
#include "audit/scores.h"
#include "match/score_normalisation.h"

namespace visavis::audit {

/// Pictures with a face, in the set's order; `source[i]` is the index of the picture behind template i.
struct Sample {
    Templates templates;
    std::vector<std::uint32_t> source;
};

/// Every picture with a face.
[[nodiscard]] Sample all_faces(const DataSet& set, const match::ScoreNormaliser& normaliser,
                               std::size_t dimension);

/// The first picture with a face of each person: non-mated pairs among these are pairs of different people,
/// and nobody counts for more because there are more pictures of them.
[[nodiscard]] Sample one_face_each(const DataSet& set, const match::ScoreNormaliser& normaliser,
                                   std::size_t dimension);

/// Two pictures of one person that are different photographs. At most `most` a person, in order of the
/// pictures.
struct MatedPair {
    std::uint32_t a{};  ///< index into DataSet::pictures
    std::uint32_t b{};
};
[[nodiscard]] std::vector<MatedPair> mated_pairs(const DataSet& set, std::size_t most);

/// Settings that every analysis shares.
struct Method {
    std::vector<double> thresholds;  ///< Similarity, ascending
    std::size_t resamples{500};
    std::uint64_t seed{1};
    std::size_t threads{1};
};

}  // namespace visavis::audit
