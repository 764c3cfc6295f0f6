#include "match/compare.h"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace visavis::match {

double cosine(std::span<const float> a, std::span<const float> b) noexcept {
    assert(a.size() == b.size());
    const double dot = std::transform_reduce(a.begin(), a.end(), b.begin(), 0.0, std::plus<>{},
                                             [](float x, float y) { return double{x} * double{y}; });
    return std::clamp(dot, -1.0, 1.0);
}

}  // namespace visavis::match
