#include "match/similarity_scale.h"

#include <filesystem>
#include <fstream>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace visavis::match {
namespace {

using testing::HasSubstr;

class CalibrationFile : public testing::Test {
  protected:
    Result<SimilarityScale> load(const std::string& text) {
        std::ofstream(file_) << text;
        return SimilarityScale::load(file_);
    }
    void TearDown() override { std::filesystem::remove(file_); }

    std::string file_ = testing::TempDir() + "calibration-" +
                        testing::UnitTest::GetInstance()->current_test_info()->name() + ".json";
};

constexpr const char* kThreePoints =
    R"({"format":1,"score":"cosine","last_measured_score":0.6,
        "points":[{"score":0.1,"log10_fmr":-1},{"score":0.5,"log10_fmr":-5},{"score":0.9,"log10_fmr":-7}]})";

TEST_F(CalibrationFile, TurnsScoresIntoRatesAndSimilarity) {
    const auto scale = load(kThreePoints);
    ASSERT_TRUE(scale) << scale.error().message;
    EXPECT_NEAR(scale->fmr(0.5), 1e-5, 1e-12);
    EXPECT_NEAR(scale->fmr(0.3), 1e-3, 1e-10);
    EXPECT_NEAR(scale->similarity(0.5), 100 * 5 / 7.0, 1e-9);
    EXPECT_DOUBLE_EQ(scale->similarity(0.95), 100);
    EXPECT_NEAR(scale->similarity(-1), 100 / 7.0, 1e-9) << "below the first point the rate is that point's";
    EXPECT_FALSE(scale->extrapolated(0.6));
    EXPECT_TRUE(scale->extrapolated(0.61));
    EXPECT_EQ(scale->score_name(), "cosine");
}

TEST_F(CalibrationFile, IntervalsAreReadWhereTheFileGivesThem) {
    const auto scale = load(R"({"format":1,"score":"cosine","last_measured_score":0.5,"points":[
        {"score":0.1,"log10_fmr":-1,"log10_low":-1.2,"log10_high":-0.8},
        {"score":0.5,"log10_fmr":-5,"log10_low":-6,"log10_high":-4}]})");
    ASSERT_TRUE(scale) << scale.error().message;
    EXPECT_NEAR(scale->fmr_interval(0.5)->low, 1e-6, 1e-12);
    EXPECT_NEAR(scale->fmr_interval(0.3)->high, std::pow(10, -2.4), 1e-9);
    const auto plain = load(kThreePoints);
    ASSERT_TRUE(plain);
    EXPECT_FALSE(plain->fmr_interval(0.5)) << "no interval is not a narrow one";
}

TEST_F(CalibrationFile, BetweenAPointWithAnIntervalAndOneWithoutThereIsNone) {
    const auto scale = load(R"({"format":1,"score":"cosine","last_measured_score":0.5,"points":[
        {"score":0.1,"log10_fmr":-1},
        {"score":0.3,"log10_fmr":-3,"log10_low":-3.2,"log10_high":-2.8},
        {"score":0.5,"log10_fmr":-5,"log10_low":-6,"log10_high":-4}]})");
    ASSERT_TRUE(scale) << scale.error().message;
    EXPECT_FALSE(scale->fmr_interval(-std::numeric_limits<double>::infinity()));
    EXPECT_FALSE(scale->fmr_interval(0.2));
    ASSERT_TRUE(scale->fmr_interval(0.3));
    EXPECT_NEAR(scale->fmr_interval(0.3)->low, std::pow(10, -3.2), 1e-12);
    EXPECT_TRUE(scale->fmr_interval(0.9));
}

TEST_F(CalibrationFile, TheIntervalOfASimilarityHoldsItsRateOrIsNone) {
    const auto scale = load(R"({"format":1,"score":"cosine","last_measured_score":0.5,"points":[
        {"score":0.1,"log10_fmr":-2,"log10_low":-2.2,"log10_high":-1.8},
        {"score":0.5,"log10_fmr":-5,"log10_low":-6,"log10_high":-4}]})");
    ASSERT_TRUE(scale) << scale.error().message;
    for (const double similarity : {1.0, 20.0, 28.6, 50.0, 71.0}) {
        const auto interval = scale->interval_of_similarity(similarity);
        ASSERT_TRUE(interval) << similarity;
        EXPECT_LE(interval->low, SimilarityScale::fmr_of_similarity(similarity));
        EXPECT_GE(interval->high, SimilarityScale::fmr_of_similarity(similarity));
    }
    EXPECT_FALSE(scale->interval_of_similarity(80)) << "no score is so rare on this curve";
}

TEST_F(CalibrationFile, AnIntervalThatDoesNotHoldItsRateIsRefused) {
    const auto scale = load(R"({"format":1,"score":"cosine","last_measured_score":0.5,"points":[
        {"score":0.1,"log10_fmr":-1},{"score":0.5,"log10_fmr":-5,"log10_low":-4.9,"log10_high":-4}]})");
    ASSERT_FALSE(scale);
    EXPECT_THAT(scale.error().message, HasSubstr("point 1: the interval does not hold the rate"));
}

TEST_F(CalibrationFile, ScoreAtIsTheInverseOfSimilarity) {
    const auto scale = load(kThreePoints);
    ASSERT_TRUE(scale);
    for (int halves = 30; halves <= 200; ++halves) {
        const double similarity = 0.5 * halves;
        EXPECT_NEAR(scale->similarity(scale->score_at(similarity)), similarity, 1e-9);
    }
    EXPECT_TRUE(std::isinf(scale->score_at(0)));
    EXPECT_LT(scale->score_at(0), 0);
}

TEST_F(CalibrationFile, AThresholdThatTheCurveDoesNotReachMatchesNothing) {
    const auto scale = load(R"({"format":1,"score":"cosine","last_measured_score":0.5,
        "points":[{"score":0.1,"log10_fmr":-1},{"score":0.5,"log10_fmr":-5}]})");
    ASSERT_TRUE(scale);
    EXPECT_GT(scale->score_at(80), 1.0);
}

TEST(SimilarityScale, EightyIsTheRateThatThreePublishedTestsImply) {
    EXPECT_NEAR(SimilarityScale::fmr_of_similarity(80), 2.5e-6, 0.02e-6);
    EXPECT_NEAR(SimilarityScale::fmr_of_similarity(99), 1.17e-7, 0.01e-7);
    EXPECT_DOUBLE_EQ(SimilarityScale::fmr_of_similarity(0), 1);
}

TEST_F(CalibrationFile, BrokenFilesAreRefusedWithTheReason) {
    const std::pair<const char*, const char*> cases[] = {
        {"", "incomplete JSON"},
        {R"({"format":2})", "`format` is not 1"},
        {R"({"format":1,"score":"c","last_measured_score":0,"points":[{"score":0,"log10_fmr":-1}]})",
         "fewer than two"},
        {R"({"format":1,"score":"c","last_measured_score":0,
             "points":[{"score":0,"log10_fmr":-1},{"score":1,"log10_fmr":-0.5}]})",
         "point 1"},
        {R"({"format":1,"score":"c","last_measured_score":0,
             "points":[{"score":1,"log10_fmr":-1},{"score":1,"log10_fmr":-2}]})",
         "point 1"},
        {R"({"format":1,"score":"c","last_measured_score":0,
             "points":[{"score":0,"log10_fmr":1},{"score":1,"log10_fmr":-2}]})",
         "point 0"}};
    for (const auto& [text, reason] : cases) {
        const auto scale = load(text);
        ASSERT_FALSE(scale) << text;
        EXPECT_THAT(scale.error().message, HasSubstr(file_));
        EXPECT_THAT(scale.error().message, HasSubstr(reason));
    }
    EXPECT_THAT(SimilarityScale::load("/nowhere.json").error().message, HasSubstr("/nowhere.json"));
}

}  // namespace
}  // namespace visavis::match
