#include "match/fusion.h"

#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "match/compare.h"

namespace visavis::match {
namespace {

std::vector<float> unit(std::vector<float> v) {
    double squares = 0;
    for (const float x : v) squares += double{x} * double{x};
    for (float& x : v) x = static_cast<float>(x / std::sqrt(squares));
    return v;
}

/// Templates about as far from `person` as photographs of one person are from each other.
std::vector<std::vector<float>> photographs(const std::vector<float>& person, std::size_t count,
                                            unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> noise(0, 0.06F);
    std::vector<std::vector<float>> all;
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<float> v = person;
        for (float& x : v) x += noise(random);
        all.push_back(unit(v));
    }
    return all;
}

std::vector<float> somebody(unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> any;
    std::vector<float> v(128);
    for (float& x : v) x = any(random);
    return unit(v);
}

std::vector<float> fused(const std::vector<std::vector<float>>& templates) {
    const std::vector<std::span<const float>> spans(templates.begin(), templates.end());
    return fuse(spans);
}

TEST(Fusion, OneTemplateStaysItself) {
    const auto one = somebody(1);
    const auto out = fused({one});
    for (std::size_t i = 0; i < one.size(); ++i) EXPECT_NEAR(out[i], one[i], 1e-6);
}

TEST(Fusion, IsNearerToThePersonThanAnyPhotograph) {
    const auto person = somebody(1);
    const auto all = photographs(person, 6, 2);
    const auto out = fused(all);
    EXPECT_NEAR(cosine(out, out), 1, 1e-6);
    for (const auto& one : all) EXPECT_GT(cosine(out, person), cosine(one, person));
}

TEST(Fusion, AStrangersFaceIsLeftOut) {
    const auto all = photographs(somebody(1), 5, 2);
    auto mixed = all;
    mixed.insert(mixed.begin() + 2, somebody(9));
    EXPECT_GT(cosine(fused(mixed), fused(all)), 1 - 1e-6);
}

TEST(Fusion, TheOrderDoesNotMatter) {
    auto all = photographs(somebody(1), 7, 3);
    const auto one_way = fused(all);
    std::ranges::reverse(all);
    EXPECT_GT(cosine(fused(all), one_way), 1 - 1e-6);
}

TEST(Fusion, OppositeTemplatesStillGiveAUnitVector) {
    const auto one = somebody(1);
    auto other = one;
    for (float& x : other) x = -x;
    const auto out = fused({one, other});
    EXPECT_NEAR(cosine(out, out), 1, 1e-6);
}

}  // namespace
}  // namespace visavis::match
