#include "face/states.h"

#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "face/attribute_head.h"

namespace visavis::face {
namespace {

/// A flat face, 100 pixels between the eyes' middles, upright, with a closed and straight mouth.
MeshShape flat_face() {
    MeshShape mesh;
    mesh.presence = 1;
    const auto put = [&](std::size_t i, float x, float y) { mesh.points[i] = {x, y, 0}; };
    put(33, 80, 100), put(133, 120, 100), put(362, 180, 100), put(263, 220, 100);
    for (const std::size_t i : {159U, 158U, 160U}) put(i, 100, 94);
    for (const std::size_t i : {145U, 153U, 144U}) put(i, 100, 106);
    for (const std::size_t i : {386U, 385U, 387U}) put(i, 200, 94);
    for (const std::size_t i : {374U, 380U, 373U}) put(i, 200, 106);
    put(61, 120, 200), put(291, 180, 200), put(0, 150, 192), put(17, 150, 210);
    for (const std::size_t i : {13U, 82U, 312U}) put(i, 150, 200);
    for (const std::size_t i : {14U, 87U, 317U}) put(i, 150, 200);
    put(10, 150, 20), put(152, 150, 260);
    return mesh;
}

EyePair eyes_with_opening(float opening) {
    return {.left = {.pupil = {100, 100}, .opening = opening},
            .right = {.pupil = {200, 100}, .opening = opening}};
}

TEST(States, AClosedMouthIsClosedAndAnOpenOneOpen) {
    MeshShape mesh = flat_face();
    EXPECT_FALSE(mouth_open(mesh).value);
    for (const std::size_t i : {14U, 87U, 317U}) mesh.points[i].y += 30;
    EXPECT_TRUE(mouth_open(mesh).value);
    EXPECT_GT(mouth_open(mesh).confidence, 90);
}

TEST(States, AWideMouthWithRaisedCornersSmiles) {
    MeshShape mesh = flat_face();
    EXPECT_FALSE(smile(mesh).value);
    mesh.points[61] = {105, 192, 0};
    mesh.points[291] = {195, 192, 0};
    for (const std::size_t i : {14U, 87U, 317U}) mesh.points[i].y += 15;
    EXPECT_TRUE(smile(mesh).value);
}

TEST(States, LidsDecideWhetherEyesAreOpen) {
    EXPECT_TRUE(eyes_open(flat_face(), eyes_with_opening(0.3F)).value);
    EXPECT_FALSE(eyes_open(flat_face(), eyes_with_opening(0.02F)).value);
}

TEST(States, StatesDoNotDependOnRollOrSize) {
    MeshShape turned = flat_face();
    for (auto& p : turned.points) p = {2 * p.y + 7, -2 * p.x + 900, 2 * p.z};
    EXPECT_NEAR(mouth_open(turned).confidence, mouth_open(flat_face()).confidence, 0.1);
    EXPECT_NEAR(smile(turned).confidence, smile(flat_face()).confidence, 0.1);
}

TEST(States, TheNoseTurnedToTheImagesRightIsPositiveYaw) {
    MeshShape mesh = flat_face();
    EXPECT_NEAR(pose(mesh).yaw, 0, 1e-4);
    mesh.points[263].z = 60;  // the far eye is the one the nose turns to
    mesh.points[33].z = -60;
    EXPECT_GT(pose(mesh).yaw, 30);
    const float half_turned = pose(mesh).yaw;
    EXPECT_NEAR(half_turned, 1.23F * 40.6F, 0.3F) << "the mesh itself lies at 40.6 degrees";
    MeshShape profile = mesh;
    profile.points[263].x = profile.points[33].x;
    EXPECT_EQ(pose(profile).yaw, 90) << "no further than a profile";
    mesh.points[152].z = -50;  // the chin comes forward: face up
    EXPECT_GT(pose(mesh).pitch, 5);
}

TEST(States, GazeAddsThePupilsOffsetToTheHeadsPose) {
    EyePair eyes = eyes_with_opening(0.3F);
    const Judgement open{.value = true, .confidence = 99};
    EXPECT_NEAR(eye_direction(flat_face(), eyes, open).yaw, 0, 1e-3);
    eyes.left.offset.x = eyes.right.offset.x = 0.1F;
    EXPECT_NEAR(eye_direction(flat_face(), eyes, open).yaw, std::asin(0.25) * 180 / 3.14159265, 0.1);
    eyes.left.offset = eyes.right.offset = {0, -0.1F};
    EXPECT_GT(eye_direction(flat_face(), eyes, open).pitch, 10);
    EXPECT_LT(eye_direction(flat_face(), eyes, {.value = false, .confidence = 99}).confidence, 2);
}

TEST(States, ThirtyLandmarksHaveThirtyNames) {
    std::set<std::string_view> names;
    for (const auto& point : thirty_landmarks(flat_face(), eyes_with_opening(0.3F), {300, 300}))
        names.insert(point.type);
    EXPECT_EQ(names.size(), 30U);
    EXPECT_TRUE(names.contains("leftPupil"));
    EXPECT_TRUE(names.contains("upperJawlineRight"));
}

TEST(AgeRange, LiesAroundTheMedianAndWidensWithDoubt) {
    const std::array<float, 9> certain = {0, 0, 0, 1, 0, 0, 0, 0, 0};
    EXPECT_EQ(age_range(certain).low, 21);
    EXPECT_EQ(age_range(certain).high, 29);
    const std::array<float, 9> spread = {0, 0, 0, 0.5F, 0.5F, 0, 0, 0, 0};
    EXPECT_EQ(age_range(spread).low, 23);
    EXPECT_EQ(age_range(spread).high, 38);
    const std::array<float, 9> skewed = {0, 0, 0, 0.6F, 0.2F, 0.2F, 0, 0, 0};
    EXPECT_NEAR((age_range(skewed).low + age_range(skewed).high) / 2.0, 28.3, 1) << "the median";
}

TEST(AgeRange, StaysBetweenBirthAndNinety) {
    const std::array<float, 9> infant = {1, 0, 0, 0, 0, 0, 0, 0, 0};
    EXPECT_EQ(age_range(infant).low, 0);
    EXPECT_EQ(age_range(infant).high, 3);
    const std::array<float, 9> child_or_old = {0.4F, 0, 0, 0, 0, 0, 0, 0, 0.6F};
    EXPECT_GE(age_range(child_or_old).low, 0);
    EXPECT_EQ(age_range(child_or_old).high, 90);
}

}  // namespace
}  // namespace visavis::face
