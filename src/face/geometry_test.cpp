#include "face/geometry.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

namespace visavis::face {
namespace {

using Points = std::array<cv::Point2f, 5>;

// Where the crop wants them.
const Points kPlaces = {cv::Point2f{38.2946F, 51.6963F}, cv::Point2f{73.5318F, 51.5014F},
                        cv::Point2f{56.0252F, 71.7366F}, cv::Point2f{41.5493F, 92.3655F},
                        cv::Point2f{70.7299F, 92.2041F}};

/// picture = scale · rotation(clockwise degrees) · crop + shift
cv::Matx23f picture_from_crop(float scale, float degrees, cv::Point2f shift) {
    const float angle = degrees / 180 * std::numbers::pi_v<float>;
    const float a = scale * std::cos(angle);
    const float b = scale * std::sin(angle);
    return {a, -b, shift.x, b, a, shift.y};
}

Points moved(const cv::Matx23f& transform) {
    Points points;
    for (std::size_t i = 0; i < points.size(); ++i) points[i] = apply(transform, kPlaces[i]);
    return points;
}

TEST(CropFromPicture, UndoesAnySimilarityTransform) {
    for (const float degrees : {0.0F, 17.0F, 90.0F, 180.0F, -123.0F})
        for (const float scale : {0.3F, 1.0F, 7.5F}) {
            const auto crop = crop_from_picture(moved(picture_from_crop(scale, degrees, {300, -40})));
            for (const cv::Point2f& place : kPlaces) {
                const auto there = apply(picture_from_crop(scale, degrees, {300, -40}), place);
                const auto back = apply(crop, there);
                EXPECT_NEAR(back.x, place.x, 0.01) << degrees << " degrees, scale " << scale;
                EXPECT_NEAR(back.y, place.y, 0.01);
            }
        }
}

TEST(CropFromPicture, FivePointsInOnePlaceGiveNoInfinity) {
    Points same;
    same.fill({10, 10});
    for (const float value : crop_from_picture(same).val) EXPECT_TRUE(std::isfinite(value));
}

TEST(Inverse, UndoesTheTransform) {
    const auto forth = picture_from_crop(2.5F, 33, {5, 6});
    const auto there_and_back = apply(inverse(forth), apply(forth, {12, 34}));
    EXPECT_NEAR(there_and_back.x, 12, 1e-4);
    EXPECT_NEAR(there_and_back.y, 34, 1e-4);
}

TEST(Warp, PutsAMarkWhereTheTransformSays) {
    // A white square around (300, 200) must come out around its image, at every reduction.
    for (const float scale : {1.2F, 0.7F, 0.4F, 0.2F, 0.11F}) {
        cv::Mat picture = cv::Mat::zeros(900, 1100, CV_8UC3);
        cv::rectangle(picture, cv::Rect(280, 180, 40, 40), cv::Scalar::all(255), cv::FILLED);
        const cv::Matx23f transform{scale, 0, 56 - 299.5F * scale, 0, scale, 60 - 199.5F * scale};
        const cv::Mat out = warp(picture, transform, {112, 112});
        cv::Mat grey;
        cv::cvtColor(out, grey, cv::COLOR_BGR2GRAY);
        const cv::Moments mass = cv::moments(grey);
        EXPECT_NEAR(mass.m10 / mass.m00, 56, 0.1) << scale;
        EXPECT_NEAR(mass.m01 / mass.m00, 60, 0.1) << scale;
        EXPECT_NEAR(mass.m00 / 255, 1600 * scale * scale, 1600 * scale * scale * 0.12) << scale;
    }
}

TEST(Warp, DoesNotAlias) {
    // Columns of one black and one white pixel are grey from afar, never black or white.
    const cv::Mat picture(800, 800, CV_8UC3);
    for (int x = 0; x < picture.cols; ++x) picture.col(x).setTo(cv::Scalar::all(x % 2 * 255));
    const cv::Mat out = warp(picture, {0.2F, 0, 0, 0, 0.2F, 0}, {112, 112});
    cv::Scalar mean;
    cv::Scalar deviation;
    cv::meanStdDev(out(cv::Rect(4, 4, 100, 100)), mean, deviation);
    EXPECT_NEAR(mean[0], 127.5, 2);
    EXPECT_LT(deviation[0], 2);
}

TEST(Warp, OutsideOfThePictureIsBlack) {
    const cv::Mat white(100, 100, CV_8UC3, cv::Scalar::all(255));
    const cv::Mat out = warp(white, {0.1F, 0, 500, 0, 0.1F, 500}, {112, 112});
    EXPECT_EQ(cv::countNonZero(out.reshape(1)), 0);
}

TEST(Pose, RollIsClockwiseAndExact) {
    for (const float degrees : {0.0F, 30.0F, -45.0F, 90.0F, 170.0F})
        EXPECT_NEAR(pose(moved(picture_from_crop(2, degrees, {}))).roll, degrees, 0.5);
}

TEST(Pose, YawFollowsTheNoseAndPitchItsHeight) {
    Points points = kPlaces;
    points[kNose].x += 10;
    EXPECT_GT(pose(points).yaw, 10);
    points[kNose].x -= 20;
    EXPECT_LT(pose(points).yaw, -10);
    points = kPlaces;
    points[kNose].y -= 8;
    EXPECT_GT(pose(points).pitch, 10) << "nose nearer the eyes: face up";
    points[kNose].y += 16;
    EXPECT_LT(pose(points).pitch, -10);
}

TEST(Pose, TurningThePictureChangesRollOnly) {
    Points points = kPlaces;
    points[kNose] += cv::Point2f(6, -4);
    const Pose upright = pose(points);
    for (auto& point : points) point = apply(picture_from_crop(3, 75, {9, 9}), point);
    const Pose turned = pose(points);
    EXPECT_NEAR(turned.yaw, upright.yaw, 0.5);
    EXPECT_NEAR(turned.pitch, upright.pitch, 0.5);
}

TEST(Quality, BrightnessIsTheShareOfWhite) {
    EXPECT_FLOAT_EQ(quality(cv::Mat(kCropSide, kCropSide, CV_8UC3, cv::Scalar::all(255))).brightness, 100);
    EXPECT_FLOAT_EQ(quality(cv::Mat(kCropSide, kCropSide, CV_8UC3, cv::Scalar::all(0))).brightness, 0);
    EXPECT_NEAR(quality(cv::Mat(kCropSide, kCropSide, CV_8UC3, cv::Scalar::all(51))).brightness, 20, 0.5);
}

TEST(Quality, BlurLowersSharpnessAndDarknessDoesNot) {
    cv::Mat crop(kCropSide, kCropSide, CV_8UC3);
    cv::RNG random(7);
    random.fill(crop, cv::RNG::UNIFORM, 0, 256);
    cv::GaussianBlur(crop, crop, {}, 1);
    cv::Mat blurred;
    cv::GaussianBlur(crop, blurred, {}, 3);
    const cv::Mat dark = crop * 0.3;
    EXPECT_LT(quality(blurred).sharpness, quality(crop).sharpness - 20);
    EXPECT_NEAR(quality(dark).sharpness, quality(crop).sharpness, 8);
}

}  // namespace
}  // namespace visavis::face
