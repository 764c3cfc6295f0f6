#include "face/second_look.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "face/geometry.h"

namespace visavis::face {
namespace {

/// Landmarks of a face of `eyes` pixels between the eyes around (x, y), rolled clockwise.
Candidate face_at(float x, float y, float eyes, float degrees, float score) {
    const float angle = degrees / 180 * std::numbers::pi_v<float>;
    const std::array<cv::Point2f, 5> upright = {cv::Point2f{-0.5F, -0.4F}, cv::Point2f{0.5F, -0.4F},
                                                cv::Point2f{0, 0.15F}, cv::Point2f{-0.4F, 0.7F},
                                                cv::Point2f{0.4F, 0.7F}};
    Candidate face{.box = {x - eyes, y - eyes, 2 * eyes, 2 * eyes}, .score = score, .landmarks = {}};
    for (std::size_t i = 0; i < 5; ++i)
        face.landmarks[i] = {x + eyes * (upright[i].x * std::cos(angle) - upright[i].y * std::sin(angle)),
                             y + eyes * (upright[i].x * std::sin(angle) + upright[i].y * std::cos(angle))};
    return face;
}

/// Stands in for YuNet: sees the roll of an arrow painted into the picture (a white dot above a grey disc's
/// middle means upright), scores it by how upright it is, and, as YuNet does, places landmarks as if it were
/// at most 20 degrees off.
class ArrowDetector {
  public:
    Result<std::vector<Candidate>> operator()(const cv::Mat& patch) {
        ++looks;
        cv::Mat grey;
        cv::cvtColor(patch, grey, cv::COLOR_BGR2GRAY);
        const cv::Moments dot = cv::moments(grey > 200, true);
        const cv::Moments disc = cv::moments(grey > 60, true);
        if (dot.m00 == 0) return std::vector<Candidate>{};
        const cv::Point2f middle(static_cast<float>(disc.m10 / disc.m00),
                                 static_cast<float>(disc.m01 / disc.m00));
        const float x = static_cast<float>(dot.m10 / dot.m00) - middle.x;
        const float y = static_cast<float>(dot.m01 / dot.m00) - middle.y;
        const float roll = std::atan2(x, -y) * 180 / std::numbers::pi_v<float>;
        const float score = 0.95F - std::abs(roll) / 180 * 0.2F;
        return std::vector<Candidate>{
            face_at(middle.x, middle.y, kPatchSide / 4.0F, std::clamp(roll, -20.0F, 20.0F), score)};
    }
    int looks{};
};

cv::Mat arrow(float x, float y, float radius, float degrees) {
    cv::Mat picture = cv::Mat::zeros(600, 800, CV_8UC3);
    const float angle = degrees / 180 * std::numbers::pi_v<float>;
    cv::circle(picture, cv::Point2f(x, y), static_cast<int>(radius), cv::Scalar::all(100), cv::FILLED,
               cv::LINE_AA);
    cv::circle(picture, cv::Point2f(x + radius * 0.6F * std::sin(angle), y - radius * 0.6F * std::cos(angle)),
               static_cast<int>(radius / 5), cv::Scalar::all(255), cv::FILLED, cv::LINE_AA);
    return picture;
}

TEST(SecondLook, IsForDoubtfulOrRolledFacesOnly) {
    EXPECT_FALSE(deserves_second_look(face_at(0, 0, 10, 0, 0.95F)));
    EXPECT_FALSE(deserves_second_look(face_at(0, 0, 10, -9, 0.95F)));
    EXPECT_TRUE(deserves_second_look(face_at(0, 0, 10, 0, 0.89F)));
    EXPECT_TRUE(deserves_second_look(face_at(0, 0, 10, 11, 0.95F)));
}

TEST(SecondLook, FindsTheRollOfAFaceTurnedByAnyAngle) {
    for (int tens = -17; tens <= 18; ++tens) {
        const auto degrees = static_cast<float>(10 * tens);
        SCOPED_TRACE(degrees);
        const cv::Mat picture = arrow(400, 300, 80, degrees);
        ArrowDetector detector;
        // What a first look gives: landmarks of an upright face, a score that says so.
        const float score = 0.95F - std::abs(degrees) / 180 * 0.2F;
        const Candidate seen = face_at(400, 300, 80, std::clamp(degrees, -20.0F, 20.0F), score);
        if (!deserves_second_look(seen)) continue;
        const auto found = look_again(picture, seen, std::ref(detector));
        ASSERT_TRUE(found);
        const float off = std::remainder(pose(found->landmarks).roll - degrees, 360.0F);
        EXPECT_NEAR(off, 0, 6);
        EXPECT_NEAR(found->box.x + found->box.width / 2, 400, 6);
        EXPECT_NEAR(found->box.y + found->box.height / 2, 300, 6);
        EXPECT_LE(detector.looks, 11);
    }
}

TEST(SecondLook, AFaceOnItsHeadThatLooksAlmostSureIsTurned) {
    const cv::Mat picture = arrow(400, 300, 80, 180);
    ArrowDetector detector;
    const auto found = look_again(picture, face_at(400, 300, 80, 0, 0.91F), std::ref(detector));
    ASSERT_TRUE(found);
    EXPECT_NEAR(std::remainder(pose(found->landmarks).roll - 180, 360.0F), 0, 6);
    EXPECT_LE(detector.looks, 3);
}

TEST(SecondLook, PatchesAreComparedWithPatches) {
    // The first look scores higher than any patch; still the turned patch clearly beats the upright one.
    const auto detect = [](const cv::Mat& patch) -> Result<std::vector<Candidate>> {
        cv::Mat grey;
        cv::cvtColor(patch, grey, cv::COLOR_BGR2GRAY);
        const cv::Moments dot = cv::moments(grey > 200, true);
        const bool up = dot.m01 / dot.m00 < kPatchSide / 2.0 - 20;
        return std::vector<Candidate>{
            face_at(kPatchSide / 2.0F, kPatchSide / 2.0F, kPatchSide / 4.0F, 0, up ? 0.9F : 0.85F)};
    };
    const cv::Mat picture = arrow(400, 300, 80, 180);
    for (const float first : {0.88F, 0.905F}) {
        const auto found = look_again(picture, face_at(400, 300, 80, 0, first), detect);
        ASSERT_TRUE(found);
        EXPECT_NEAR(std::abs(pose(found->landmarks).roll), 180, 6) << first;
    }
}

TEST(SecondLook, AnUprightFaceThatLooksAlmostSureStaysAsItIs) {
    const cv::Mat picture = arrow(400, 300, 80, 0);
    ArrowDetector detector;
    const Candidate seen = face_at(400, 300, 79, 5, 0.91F);
    ASSERT_TRUE(deserves_second_look(seen));
    const auto found = look_again(picture, seen, std::ref(detector));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->landmarks, seen.landmarks);
    EXPECT_EQ(detector.looks, 1);
}

TEST(SecondLook, KeepsTheFirstWhenNothingBeatsIt) {
    const Candidate seen = face_at(100, 100, 30, 0, 0.8F);
    const auto nothing = [](const cv::Mat&) -> Result<std::vector<Candidate>> {
        return std::vector<Candidate>{};
    };
    const auto found = look_again(cv::Mat::zeros(300, 300, CV_8UC3), seen, nothing);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->box, seen.box);
    EXPECT_EQ(found->score, seen.score);
}

TEST(SecondLook, PassesErrorsOn) {
    const auto broken = [](const cv::Mat&) -> Result<std::vector<Candidate>> {
        return fail(ErrorCode::kInternal, "broken");
    };
    EXPECT_FALSE(look_again(cv::Mat::zeros(300, 300, CV_8UC3), face_at(100, 100, 30, 0, 0.8F), broken));
}

}  // namespace
}  // namespace visavis::face
