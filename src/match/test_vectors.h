// Templates for tests of the index.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace visavis::match {

/// A unit vector in a random direction; the same key gives the same.
inline std::vector<float> vector_of(std::uint64_t key, std::size_t dimension) {
    std::mt19937_64 random(key);
    std::normal_distribution<float> normal;
    std::vector<float> v(dimension);
    double squares = 0;
    for (float& x : v) {
        x = normal(random);
        squares += double{x} * double{x};
    }
    for (float& x : v) x = static_cast<float>(x / std::sqrt(squares));
    return v;
}

}  // namespace visavis::match
