#include "engine/quality_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace visavis::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr DisplayedSize kSize{.width = 1000, .height = 500};

face::Face good_face() {
    return {.box = {.left = 0.4F, .top = 0.2F, .width = 0.2F, .height = 0.5F},
            .confidence = 99,
            .landmarks = {},
            .pose = {},
            .quality = {.brightness = 60, .sharpness = 50}};
}

TEST(QualityFilter, AGoodFacePassesEveryLevel) {
    for (const auto filter : {QualityFilter::kNone, QualityFilter::kAuto, QualityFilter::kLow,
                              QualityFilter::kMedium, QualityFilter::kHigh})
        EXPECT_THAT(quality_reasons(good_face(), kSize, filter), IsEmpty());
}

TEST(QualityFilter, NamesEveryReasonInOrder) {
    face::Face face = good_face();
    face.confidence = 10;
    face.box.width = 0.01F;
    face.quality = {};
    face.pose.yaw = -80;
    EXPECT_THAT(quality_reasons(face, kSize, QualityFilter::kAuto),
                ElementsAre(Reason::kLowConfidence, Reason::kSmallBoundingBox, Reason::kLowBrightness,
                            Reason::kLowSharpness, Reason::kExtremePose));
    EXPECT_THAT(quality_reasons(face, kSize, QualityFilter::kNone), IsEmpty());
}

TEST(QualityFilter, SizeIsTheShorterSideInPixels) {
    face::Face face = good_face();
    face.box.height = 0.1F;  // 50 pixels of 500, while the width stays 200
    EXPECT_THAT(quality_reasons(face, kSize, QualityFilter::kMedium), IsEmpty());
    EXPECT_THAT(quality_reasons(face, kSize, QualityFilter::kHigh), ElementsAre(Reason::kSmallBoundingBox));
}

TEST(QualityFilter, EachLevelIsStricterThanTheOneBelow) {
    face::Face face = good_face();
    face.pose.pitch = 35;
    EXPECT_THAT(quality_reasons(face, kSize, QualityFilter::kLow), IsEmpty());
    EXPECT_THAT(quality_reasons(face, kSize, QualityFilter::kMedium), IsEmpty());
    EXPECT_THAT(quality_reasons(face, kSize, QualityFilter::kHigh), ElementsAre(Reason::kExtremePose));
    EXPECT_EQ(reason_name(Reason::kExtremePose), "EXTREME_POSE");
}

}  // namespace
}  // namespace visavis::engine
