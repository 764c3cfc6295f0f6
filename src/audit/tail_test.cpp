#include "audit/tail.h"

#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace visavis::audit {
namespace {

std::vector<WeightedScore> draw(double shape, double scale, std::size_t count) {
    std::mt19937_64 random(5);
    std::vector<WeightedScore> scores;
    for (std::size_t i = 0; i < count; ++i) {
        const double u = (static_cast<double>(random() >> 11U) + 0.5) * 0x1p-53;
        scores.push_back(
            {.score = 3 + (shape == 0 ? -scale * std::log(u) : scale * (std::pow(u, -shape) - 1) / shape),
             .weight = 1});
    }
    return scores;
}

TEST(Tail, FindsShapeAndScaleOfWhatItWasDrawnFrom) {
    for (const double shape : {-0.1, 0.0, 0.2}) {
        const auto scores = draw(shape, 0.4, 20'000);
        const Tail tail = fit_tail(scores, 3, 1e-3);
        EXPECT_NEAR(tail.shape, shape, 0.03);
        EXPECT_NEAR(tail.scale, 0.4, 0.02);
        EXPECT_DOUBLE_EQ(tail.rate(3), 1e-3);
        EXPECT_NEAR(tail.rate(tail.score_at(1e-6)), 1e-6, 1e-12);
    }
}

TEST(Tail, WeightsCountAsRepetitions) {
    const auto scores = draw(0, 0.4, 200);
    std::vector<WeightedScore> twice;
    std::vector<WeightedScore> heavy;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        twice.push_back(scores[i]);
        if (i % 3 == 0) twice.push_back(scores[i]);
        heavy.push_back({.score = scores[i].score, .weight = i % 3 == 0 ? 2.0 : 1.0});
    }
    EXPECT_NEAR(fit_tail(twice, 3, 1).scale, fit_tail(heavy, 3, 1).scale, 1e-9);
    EXPECT_NE(fit_tail(scores, 3, 1).scale, fit_tail(heavy, 3, 1).scale);
}

TEST(Tail, AnEndBelowTheWantedRateIsInfinity) {
    const Tail tail{.start = 0, .share = 1, .scale = 1, .shape = -0.1};
    EXPECT_DOUBLE_EQ(tail.rate(10.5), 0);
    EXPECT_LT(tail.score_at(1e-9), 10);
}

}  // namespace
}  // namespace visavis::audit
