#include "image/pixel_budget.h"

#include <atomic>
#include <future>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "image/picture.h"
#include "image/test_pictures.h"

namespace visavis::image {
namespace {

using testing::code_of;
using testing::quarters_jpeg;
using testing::quarters_png;

TEST(PixelBudget, APictureThatNeverFitsIsTooLargeNotThrottled) {
    // 62 megapixels fit, and so do the 4 of the reduced picture, but not both: to try again would be in vain.
    const Bytes png = testing::png(
        {.width = 7900, .height = 7900, .type = PNG_COLOR_TYPE_GRAY, .depth = 1, .interlaced = true},
        [](int, int, int) { return 0; });
    EXPECT_EQ(code_of(decode(png, {})), ErrorCode::kImageTooLarge);
    EXPECT_EQ(PixelLease::in_use(), 0U);
}

TEST(PixelBudget, WhatDecodingNeededBesideThePictureIsGivenBack) {
    const auto png = decode(quarters_png({.width = 160, .height = 120, .interlaced = true}), {});
    const auto jpeg = decode(quarters_jpeg({.width = 160, .height = 120, .progressive = true}), {});
    ASSERT_TRUE(png);
    ASSERT_TRUE(jpeg);
    EXPECT_EQ(PixelLease::in_use(), 2U * 160 * 120);
}

TEST(PixelBudget, IsWaitedForInTheOrderOfAsking) {
    auto most = std::optional(PixelLease::take(limits::kDecodedPixelsInFlight - 100).value());
    std::atomic<int> came{0};
    std::atomic<int> large_came{0};
    std::atomic<int> small_came{0};
    const auto ask = [&](std::size_t pixels, std::atomic<int>& place) {
        const auto lease = PixelLease::take(pixels);
        place = ++came;
        return lease.has_value();
    };
    auto large =
        std::async(std::launch::async, [&] { return ask(limits::kDecodedPixelsInFlight, large_came); });
    while (PixelLease::waiting() < 1) std::this_thread::yield();
    // There is room for it, but the large one would wait for ever if small ones went before it.
    auto small = std::async(std::launch::async, [&] { return ask(50, small_came); });
    while (PixelLease::waiting() < 2) std::this_thread::yield();
    EXPECT_EQ(came, 0);
    most.reset();
    EXPECT_TRUE(large.get());
    EXPECT_TRUE(small.get());
    EXPECT_EQ(large_came, 1);
    EXPECT_EQ(small_came, 2);
    EXPECT_EQ(PixelLease::in_use(), 0U);
}

TEST(PixelBudget, ATurnedPictureAsksForBothAtOnce) {
    constexpr std::size_t kPixels = std::size_t{160} * 120;
    const auto both = PixelLease::take(limits::kDecodedPixelsInFlight - 2 * kPixels);
    ASSERT_TRUE(both);
    const auto picture = decode(quarters_jpeg({.width = 160, .height = 120, .orientation = 6}), {});
    ASSERT_TRUE(picture) << picture.error().message;
    EXPECT_EQ(PixelLease::in_use(), limits::kDecodedPixelsInFlight - kPixels);
}

TEST(PixelBudget, IsSharedAndGivenBack) {
    ASSERT_EQ(PixelLease::in_use(), 0U);
    {
        const auto most = PixelLease::take(limits::kDecodedPixelsInFlight - 100);
        ASSERT_TRUE(most);
        auto png = std::async(std::launch::async, [] { return decode(quarters_png({}), {}); });
        EXPECT_EQ(code_of(decode(quarters_jpeg({}), {})), ErrorCode::kThrottled);
        EXPECT_EQ(code_of(png.get()), ErrorCode::kThrottled);
    }
    auto picture = decode(quarters_png({}), {});
    ASSERT_TRUE(picture);
    EXPECT_EQ(PixelLease::in_use(), 160U * 120U);
    {
        const Picture moved = std::move(*picture);
        EXPECT_EQ(PixelLease::in_use(), 160U * 120U);
    }
    EXPECT_EQ(PixelLease::in_use(), 0U);
    EXPECT_EQ(PixelLease::take(limits::kDecodedPixelsInFlight + 1).error().code, ErrorCode::kImageTooLarge);
}

}  // namespace
}  // namespace visavis::image
