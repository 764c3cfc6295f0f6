#include "match/compare.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>

namespace visavis::match {

double cosine(std::span<const float> a, std::span<const float> b) noexcept {
    assert(a.size() == b.size());
    // Eight sums side by side, which the compiler keeps in registers. Products of floats are exact in double,
    // so the result is the same with and without fused instructions.
    constexpr std::size_t kLanes = 8;
    std::array<double, kLanes> sums{};
    std::size_t i = 0;
    for (; i + kLanes <= a.size(); i += kLanes)
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            sums[lane] += double{a[i + lane]} * double{b[i + lane]};
    for (; i < a.size(); ++i) sums[i % kLanes] += double{a[i]} * double{b[i]};
    const double dot =
        ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
    return std::clamp(dot, -1.0, 1.0);
}

}  // namespace visavis::match
