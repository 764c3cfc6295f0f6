// Attributes of several faces of one picture: each is described as if it were the only one.
#include "photos.h"

namespace visavis::blackbox {
namespace {

constexpr face::AttributeSet kAll{.landmarks = true,
                                  .age = true,
                                  .gender = true,
                                  .emotions = true,
                                  .smile = true,
                                  .eyes_open = true,
                                  .mouth_open = true,
                                  .eye_direction = true};

/// Every number of `said`, in one order; a member that is absent gives none.
std::vector<float> numbers(const face::Attributes& said) {
    std::vector<float> all;
    for (const auto& [type, point] : said.landmarks) all.insert(all.end(), {point.x, point.y});
    if (said.pose) all.insert(all.end(), {said.pose->roll, said.pose->yaw, said.pose->pitch});
    if (said.age)
        all.insert(all.end(), {static_cast<float>(said.age->low), static_cast<float>(said.age->high)});
    if (said.gender) all.insert(all.end(), {said.gender->female ? 1.0F : 0.0F, said.gender->confidence});
    for (const auto& [type, confidence] : said.emotions) all.push_back(confidence);
    for (const auto& state : {said.smile, said.eyes_open, said.mouth_open})
        if (state) all.insert(all.end(), {state->value ? 1.0F : 0.0F, state->confidence});
    if (said.eye_direction)
        all.insert(all.end(),
                   {said.eye_direction->yaw, said.eye_direction->pitch, said.eye_direction->confidence});
    return all;
}

TEST(Attributes, ManyFacesAreDescribedAsOneByOne) {
    VISAVIS_NEEDS_PHOTOGRAPHS("crowds");
    for (const char* file : {"crowds/1.jpg", "crowds/2.jpg", "crowds/3.jpg"}) {
        SCOPED_TRACE(file);
        const auto picture = decode(file);
        ASSERT_TRUE(picture) << picture.error().message;
        const auto faces = pipeline().detect(*picture);
        ASSERT_TRUE(faces) << faces.error().message;
        ASSERT_GE(faces->size(), 2U);
        const auto together = pipeline().describe(*picture, *faces, kAll);
        ASSERT_TRUE(together) << together.error().message;
        ASSERT_EQ(together->size(), faces->size());
        for (std::size_t i = 0; i < faces->size(); ++i) {
            const auto alone = pipeline().describe(*picture, std::span(&(*faces)[i], 1), kAll);
            ASSERT_TRUE(alone) << alone.error().message;
            EXPECT_EQ(numbers(together->at(i)), numbers(alone->front())) << "face " << i;
            EXPECT_GE(numbers(alone->front()).size(), 11U) << "age, gender and emotions at least";
        }
    }
}

}  // namespace
}  // namespace visavis::blackbox
