// The pictures and pairs of a recognised data set that count.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "audit/data_set.h"

namespace visavis::audit {

/// Every picture with a face, as indices into DataSet::pictures, in the set's order.
[[nodiscard]] std::vector<std::uint32_t> all_faces(const DataSet& set);

/// The first picture with a face of each person: non-mated pairs among these are pairs of different people,
/// and nobody counts for more because there are more pictures of them.
[[nodiscard]] std::vector<std::uint32_t> one_face_each(const DataSet& set);

/// Two pictures of one person that are different photographs. At most `most` a person, in order of the
/// pictures.
struct MatedPair {
    std::uint32_t a{};  ///< index into DataSet::pictures
    std::uint32_t b{};
};
[[nodiscard]] std::vector<MatedPair> mated_pairs(const DataSet& set, std::size_t most);

/// Whether two pictures are one photograph: the same file, or the same mark in the table.
[[nodiscard]] bool same_photograph(const LabelledPicture& a, const LabelledPicture& b);

/// Pairs of `pictures` that same_photograph() calls one, as positions in `pictures`, first < second, sorted.
/// Under two names they are no pair of different people.
using PositionPair = std::pair<std::uint32_t, std::uint32_t>;
[[nodiscard]] std::vector<PositionPair> copies(const DataSet& set, std::span<const std::uint32_t> pictures);

/// Settings that every analysis shares.
struct Method {
    std::vector<double> thresholds;  ///< Similarity, ascending
    std::size_t resamples{500};
    std::uint64_t seed{1};
};

}  // namespace visavis::audit
