#include "audit/template_cache.h"

#include <cmath>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "audit/calibrate.h"
#include "base/limits.h"
#include "match/synthetic.h"

namespace visavis::audit {
namespace {

class Cache : public testing::Test {
  protected:
    void TearDown() override { std::filesystem::remove(file_); }
    static PictureRecord record(std::uint8_t name) {
        PictureRecord record;
        record.width = 640;
        record.height = 480;
        record.picture[0] = name;
        FaceRecord face;
        face.vector = {0.6F, -0.8F};
        face.face.box = {.left = 0.1F, .top = 0.2F, .width = 0.3F, .height = 0.4F};
        face.face.landmarks[4] = {.x = 0.5F, .y = 0.25F};
        face.face.pose.pitch = -7;
        face.face.quality.sharpness = 55;
        record.faces.push_back(std::move(face));
        return record;
    }
    std::string file_ = testing::TempDir() + "visavis-cache-" + std::to_string(::getpid()) + ".vvtc";
    Sha256 identity_ = {1, 2, 3};
};

TEST_F(Cache, GivesBackWhatWasKept) {
    {
        auto cache = TemplateCache::open(file_, identity_);
        ASSERT_TRUE(cache) << cache.error().message;
        ASSERT_TRUE(cache->add(record(7)));
    }
    const auto cache = TemplateCache::open(file_, identity_);
    ASSERT_TRUE(cache);
    const PictureRecord* found = cache->find(record(7).picture);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->width, 640);
    ASSERT_EQ(found->faces.size(), 1U);
    EXPECT_EQ(found->faces[0].vector, record(7).faces[0].vector);
    EXPECT_FLOAT_EQ(found->faces[0].face.landmarks[4].y, 0.25F);
    EXPECT_FLOAT_EQ(found->faces[0].face.pose.pitch, -7);
    EXPECT_FLOAT_EQ(found->faces[0].face.quality.sharpness, 55);
    EXPECT_EQ(cache->find(record(8).picture), nullptr);
    EXPECT_EQ(std::filesystem::status(file_).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Cache, ATornTailIsCutAndTheRestStays) {
    {
        auto cache = TemplateCache::open(file_, identity_);
        ASSERT_TRUE(cache->add(record(1)));
        ASSERT_TRUE(cache->add(record(2)));
    }
    std::filesystem::resize_file(file_, std::filesystem::file_size(file_) - 3);
    {
        auto cache = TemplateCache::open(file_, identity_);
        ASSERT_TRUE(cache);
        EXPECT_EQ(cache->size(), 1U);
        ASSERT_TRUE(cache->add(record(3)));
    }
    EXPECT_EQ(TemplateCache::open(file_, identity_)->size(), 2U);
}

TEST_F(Cache, TemplatesOfAnotherPipelineAreNotUsed) {
    ASSERT_TRUE(TemplateCache::open(file_, identity_)->add(record(1)));
    EXPECT_EQ(TemplateCache::open(file_, Sha256{9})->size(), 0U);
    EXPECT_EQ(TemplateCache::open(file_, identity_)->size(), 0U);
    std::ofstream(file_) << "a file of another kind";
    EXPECT_EQ(TemplateCache::open(file_, identity_).error().code, ErrorCode::kInvalidParameter);
}

TEST_F(Cache, AFileLargerThanAPictureMayBeIsTold) {
    std::ofstream(file_) << "x";
    std::filesystem::resize_file(file_, limits::kStoredImageBytes);
    EXPECT_FALSE(too_large(file_));
    std::filesystem::resize_file(file_, limits::kStoredImageBytes + 1);
    EXPECT_TRUE(too_large(file_));
}

TEST(Calibrate, FindsTheWorstGroupAndFallsMonotonically) {
    // Group `near`: templates crowd together; group `far`: nearly orthogonal.
    const auto group = [](const char* name, float common) {
        auto data = std::make_shared<Composition>();
        data->name = name;
        CalibrationGroup made{.name = name, .templates = Templates(64), .data = data};
        std::uint64_t state = 88172645463325252ULL;
        for (int person = 0; person < 80; ++person) {
            std::vector<float> vector(64);
            float norm = 0;
            for (float& value : vector) {
                state ^= state << 13U;
                state ^= state >> 7U;
                state ^= state << 17U;
                value = static_cast<float>(state >> 40U) / 8388608.0F - 1;
            }
            vector[0] += common;
            for (const float value : vector) norm += value * value;
            for (float& value : vector) value /= std::sqrt(norm);
            made.templates.add(vector, {});
        }
        return made;
    };
    const std::vector<CalibrationGroup> groups = {group("far", 0), group("near", 3)};
    const auto curve = calibrate(groups, {.resamples = 20});
    ASSERT_TRUE(curve) << curve.error().message;
    EXPECT_EQ(curve->at("worst_group").at("group").as_string(), "near");
    EXPECT_GT(curve->at("worst_group").at("factor").to_number<double>(), 1.5);
    double before = 1;
    for (const auto& point : curve->at("points").as_array()) {
        EXPECT_LE(point.at("log10_fmr").to_number<double>(), before);
        before = point.at("log10_fmr").to_number<double>();
    }
    EXPECT_LT(before, -6);
    EXPECT_EQ(boost::json::serialize(*curve),
              boost::json::serialize(*calibrate(groups, {.resamples = 20, .threads = 2})))
        << "the number of threads changes nothing";
    EXPECT_FALSE(calibrate({}, {}));
}

TEST(Calibrate, CopiesUnderTwoNamesAreNoPair) {
    auto data = std::make_shared<Composition>();
    const auto group = [&](bool told) {
        match::SyntheticTemplates same(64, 1);
        CalibrationGroup people{.name = "all", .templates = Templates(64), .data = data};
        face::Template vector(64);
        for (int person = 0; person < 80; ++person) {
            if (person != 1) same.next(vector);  // person 1 has the picture of person 0
            people.templates.add(vector, {});
        }
        if (told) people.copies = {{0, 1}};
        return std::vector{std::move(people)};
    };
    const auto highest = [&](bool told) {
        const auto curve = calibrate(group(told), {.resamples = 20});
        return curve->at("tail").at("shape").to_number<double>();
    };
    EXPECT_LT(highest(true), highest(false));
    const auto curve = calibrate(group(true), {.resamples = 20});
    EXPECT_EQ(curve->at("measured_on").at(0).at("non_mated_pairs").to_number<int>(), 80 * 79 / 2 - 1);
}

TEST(Calibrate, TheHalvesAreThoseOfTheTrainingScripts) {
    // From training/templates.py: not fitted("congress/A000055"), and so on.
    EXPECT_TRUE(reports("congress", "A000055"));
    EXPECT_TRUE(reports("other", "congress/A000055"));
    EXPECT_FALSE(reports("congress", "B000574"));
    EXPECT_FALSE(reports("fairface", "fairface/images/train-1.jpg"))
        << "odd, but FairFace keeps back a quarter";
    EXPECT_FALSE(reports("fairface", "fairface/images/train-5.jpg"));
    EXPECT_TRUE(reports("fairface", "fairface/images/train-15.jpg"));
    int half = 0;
    for (int i = 0; i < 400; ++i) half += reports("set", std::to_string(i)) ? 1 : 0;
    EXPECT_NEAR(half, 200, 50);
}

}  // namespace
}  // namespace visavis::audit
