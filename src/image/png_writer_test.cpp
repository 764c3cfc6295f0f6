#include "image/png_writer.h"

#include <vector>

#include <gtest/gtest.h>

#include "image/picture.h"

namespace visavis::image {
namespace {

TEST(PngWriter, WhatIsWrittenIsReadBack) {
    std::vector<std::uint8_t> bgr(90UL * 100 * 3);
    for (std::size_t i = 0; i < bgr.size(); ++i) bgr[i] = static_cast<std::uint8_t>(i * 7);
    const auto png = encode_png(90, 100, bgr);
    ASSERT_TRUE(png);
    const auto picture = decode(*png, {});
    ASSERT_TRUE(picture);
    EXPECT_EQ(picture->width(), 90);
    EXPECT_EQ(picture->height(), 100);
    EXPECT_EQ(std::vector(picture->bgr(), picture->bgr() + bgr.size()), bgr);
}

TEST(PngWriter, ASizeThatDoesNotFitIsRefused) {
    EXPECT_EQ(encode_png(2, 2, std::vector<std::uint8_t>(11)).error().code, ErrorCode::kInvalidParameter);
    EXPECT_EQ(encode_png(0, 2, {}).error().code, ErrorCode::kInvalidParameter);
}

}  // namespace
}  // namespace visavis::image
