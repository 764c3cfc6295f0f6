#include "audit/interval.h"

#include <numeric>
#include <random>
#include <ranges>

#include <gtest/gtest.h>

namespace visavis::audit {
namespace {

std::vector<std::uint32_t> everybody(std::uint32_t count) {
    const auto numbers = std::views::iota(0U, count);
    return {numbers.begin(), numbers.end()};
}

TEST(Interval, WilsonGivesThePublishedExample) {
    // Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81 of 263 and 15 of 148.
    const Interval a = wilson(81, 263);
    EXPECT_NEAR(a.low, 0.2553, 5e-5);
    EXPECT_NEAR(a.high, 0.3662, 5e-5);
    const Interval b = wilson(15, 148);
    EXPECT_NEAR(b.low, 0.0624, 5e-5);
    EXPECT_NEAR(b.high, 0.1605, 5e-5);
    EXPECT_DOUBLE_EQ(wilson(0, 20).low, 0);
    EXPECT_NEAR(wilson(0, 20).high, 0.1611, 5e-5);
    EXPECT_DOUBLE_EQ(wilson(0, 0).high, 1);
}

TEST(Interval, ClopperPearsonGivesThePublishedExample) {
    // The same table, method 5.
    const Interval a = clopper_pearson(81, 263);
    EXPECT_NEAR(a.low, 0.2527, 5e-5);
    EXPECT_NEAR(a.high, 0.3676, 5e-5);
    const Interval b = clopper_pearson(0, 20);
    EXPECT_DOUBLE_EQ(b.low, 0);
    EXPECT_NEAR(b.high, 0.1684, 5e-5);
    EXPECT_NEAR(clopper_pearson(1, 29).low, 0.0009, 5e-5);
    EXPECT_NEAR(clopper_pearson(1, 29).high, 0.1776, 5e-5);
    EXPECT_DOUBLE_EQ(clopper_pearson(29, 29).high, 1);
}

TEST(Interval, NothingSeenIsBoundedByThreeOverN) {
    EXPECT_DOUBLE_EQ(rule_of_three(300).high, 0.01);
    EXPECT_DOUBLE_EQ(rule_of_three(2).high, 1);
    EXPECT_DOUBLE_EQ(rule_of_three(0).high, 1);
}

TEST(Interval, ResamplesDrawAsManyPeopleAsThereAreAndRepeat) {
    const auto rows = resamples(50, 20, 7);
    ASSERT_EQ(rows.size(), 20U);
    for (const auto& row : rows) EXPECT_EQ(std::accumulate(row.begin(), row.end(), 0), 50);
    EXPECT_EQ(rows, resamples(50, 20, 7));
    EXPECT_NE(rows, resamples(50, 20, 8));
}

Interval of_pairs(std::span<const PairEvent> events, std::span<const std::uint32_t> members,
                  const std::vector<std::vector<std::uint8_t>>& weights) {
    return percentiles(resampled_pairs(events, pairs_drawn(members, weights), weights));
}

TEST(Interval, BootstrapOverPeopleIsWiderThanPairsWouldSay) {
    // One person who looks like everybody: 60 events, all of them that person's.
    const std::vector<std::uint32_t> members = everybody(200);
    std::vector<PairEvent> events;
    for (std::uint32_t i = 1; i <= 60; ++i) events.push_back({.a = 0, .b = i});
    const Interval people = of_pairs(events, members, resamples(200, 500, 1));
    const Interval pairs = wilson(60, 200 * 199 / 2);
    EXPECT_DOUBLE_EQ(people.low, 0) << "a third of the resamples leave that person out";
    EXPECT_GT(people.high - people.low, 3 * (pairs.high - pairs.low));
}

TEST(Interval, BootstrapCoversTheTruthAboutAsOftenAsItSays) {
    // 60 worlds of 150 people; each person has a tendency, a pair is an event with the product of both.
    std::mt19937_64 random(3);
    std::uniform_real_distribution<double> uniform(0, 1);
    int covered = 0;
    constexpr int kWorlds = 60;
    constexpr double kTruth = 0.25 * 0.25;  // tendency u² ·¾ has mean ¼
    const std::vector<std::uint32_t> members = everybody(150);
    for (int world = 0; world < kWorlds; ++world) {
        std::vector<double> tendency(members.size());
        for (double& value : tendency) value = 0.75 * std::pow(uniform(random), 2);
        std::vector<PairEvent> events;
        for (std::uint32_t a = 0; a < members.size(); ++a)
            for (std::uint32_t b = a + 1; b < members.size(); ++b)
                if (uniform(random) < tendency[a] * tendency[b]) events.push_back({.a = a, .b = b});
        const Interval interval = of_pairs(events, members, resamples(members.size(), 200, 11));
        covered += interval.low <= kTruth && kTruth <= interval.high ? 1 : 0;
    }
    EXPECT_GE(covered, 51) << "85 % at least, where 95 % is nominal";
}

}  // namespace
}  // namespace visavis::audit
