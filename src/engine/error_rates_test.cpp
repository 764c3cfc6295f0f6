#include "engine/error_rates.h"

#include <cmath>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace visavis::engine {
namespace {

using testing::HasSubstr;

TEST(ErrorRates, FpirGivesThePublishedTable) {
    EXPECT_NEAR(fpir_of(1e-4, 1'000), 0.095, 5e-4);
    EXPECT_NEAR(fpir_of(1e-6, 25'000), 0.0247, 1e-4);
    EXPECT_NEAR(fpir_of(1e-7, 1'000'000), 0.095, 5e-4);
    EXPECT_DOUBLE_EQ(fpir_of(1e-7, 0), 0);
    EXPECT_DOUBLE_EQ(fpir_of(1, 5), 1);
    EXPECT_NEAR(fpir_of(1e-12, 1'000) / 1e-9, 1, 1e-6) << "no digit is lost";
}

TEST(ErrorRates, TheThresholdRisesWithTheGalleryAndKeepsFpir) {
    double before = 0;
    for (const std::uint64_t size : {1'000ULL, 10'000ULL, 100'000ULL}) {
        const auto threshold = threshold_in_force(20, 0.01, size);
        ASSERT_TRUE(threshold) << threshold.error().message;
        EXPECT_GT(*threshold, before);
        EXPECT_NEAR(fpir_of(match::SimilarityScale::fmr_of_similarity(*threshold), size), 0.01, 1e-6);
        before = *threshold;
    }
    EXPECT_DOUBLE_EQ(*threshold_in_force(99, 0.01, 1'000), 99) << "never below what was asked";
    EXPECT_DOUBLE_EQ(*threshold_in_force(80, std::nullopt, 1'000'000), 80);
    EXPECT_DOUBLE_EQ(*threshold_in_force(80, 0.01, 0), 80);
}

TEST(ErrorRates, ABoundThatCannotBeHeldIsRefused) {
    const auto threshold = threshold_in_force(80, 0.001, 1'000'000);
    ASSERT_FALSE(threshold);
    EXPECT_EQ(threshold.error().code, ErrorCode::kInvalidParameter);
    EXPECT_THAT(threshold.error().message, HasSubstr("128.5"));
}

TEST(ErrorRates, TagsAreReadStrictly) {
    EXPECT_FALSE(max_fpir_of({})->has_value());
    EXPECT_DOUBLE_EQ(**max_fpir_of({{"visavis:max-fpir", "0.001"}}), 0.001);
    for (const char* wrong : {"", "0", "1", "-0.1", "0.1 ", "nan", "1e", "x"})
        EXPECT_FALSE(max_fpir_of({{"visavis:max-fpir", wrong}})) << wrong;
}

TEST(ErrorRates, NotesHoldRateSizeAndInterval) {
    const std::string file =
        testing::TempDir() + "visavis-error-rates-" + std::to_string(::getpid()) + ".json";
    std::ofstream(file) << R"({"format":1,"score":"c","last_measured_score":0.5,"points":[
        {"score":-1,"log10_fmr":0},
        {"score":0,"log10_fmr":-1,"log10_low":-1,"log10_high":-1},
        {"score":1,"log10_fmr":-7,"log10_low":-8,"log10_high":-6}]})";
    const auto scale = match::SimilarityScale::load(file);
    std::filesystem::remove(file);
    ASSERT_TRUE(scale);
    AnswerNotes notes;
    note_error_rates(notes, *scale, 80, 1'000);
    EXPECT_NEAR(notes.threshold_fmr->value, std::pow(10, -5.6), 1e-9);
    EXPECT_NEAR(notes.expected_false_matches->value, 1'000 * std::pow(10, -5.6), 1e-6);
    EXPECT_NEAR(*notes.expected_false_matches->high, 1'000 * *notes.threshold_fmr->high, 1e-9);
    EXPECT_LT(notes.fpir->low, notes.fpir->value);
    EXPECT_GT(notes.fpir->high, notes.fpir->value);
    EXPECT_TRUE(notes.extrapolated);
    note_error_rates(notes, *scale, 30, 10);
    EXPECT_FALSE(notes.extrapolated);
    note_error_rates(notes, *scale, 10, 10);
    EXPECT_GT(notes.fpir->value, 0.5);
    EXPECT_FALSE(notes.threshold_fmr->low) << "none was measured, which is not an interval without width";
    EXPECT_FALSE(notes.fpir->high);
}

}  // namespace
}  // namespace visavis::engine
