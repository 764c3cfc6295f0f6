// Templates of people who do not exist, like those of a real gallery: to measure galleries larger than any
// set of photographs here.
//
// A smoothed bootstrap: a face of the real gallery, drawn at random, is moved half of the way (in variance)
// along a Gaussian of the gallery's own covariance,
//
//     y = mean + √½ · (x − mean) + √½ · L·g,   L·Lᵀ = covariance, brought to norm 1.
//
// Mean and covariance stay those of the real faces, and so, roughly, does what is inside them: countries,
// ages, sexes. It makes look-alikes of real people, not new kinds of people; an audit therefore shows the
// real and the synthetic gallery of the same size side by side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "audit/scores.h"

namespace visavis::audit {

/// Immutable; thread-safe.
class SyntheticGallery {
  public:
    /// Fewest real faces that can be imitated, in multiples of the dimension.
    static constexpr std::size_t kFewestFaces = 4;

    /// Learns from `real`, which must outlive it and hold at least kFewestFaces · dimension templates.
    SyntheticGallery(const Templates& real, std::uint64_t seed);

    /// Fills `into`, which has the dimension's length, with template number `index`: the same for the same
    /// seed and gallery, in whatever order they are asked for. Gives the index of the real face that was
    /// moved: to the person of that face it is no stranger.
    std::uint32_t make(std::uint64_t index, std::span<float> into) const;

  private:
    const Templates& real_;
    std::uint64_t seed_;
    std::vector<float> mean_;
    std::vector<float> factor_;  // lower triangular, row-major
};

}  // namespace visavis::audit
