#include "image/picture.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "image/test_pictures.h"

namespace visavis::image {
namespace {

using testing::code_of;
using ::testing::HasSubstr;
using testing::JpegKind;
using testing::quarters_jpeg;
using testing::quarters_png;
using ::testing::StartsWith;

using Colour = std::array<int, 3>;  // red, green, blue

constexpr Colour kRed{255, 0, 0};
constexpr Colour kGreen{0, 255, 0};
constexpr Colour kBlue{0, 0, 255};
constexpr Colour kWhite{255, 255, 255};
constexpr Colour kBlack{0, 0, 0};

Colour at(const Picture& picture, double x, double y) {
    const int column = static_cast<int>(x * picture.width());
    const int row = static_cast<int>(y * picture.height());
    const std::uint8_t* bgr =
        picture.bgr() + (static_cast<std::size_t>(row) * static_cast<std::size_t>(picture.width()) +
                         static_cast<std::size_t>(column)) *
                            3;
    return {bgr[2], bgr[1], bgr[0]};
}

void expect_colour(const Picture& picture, double x, double y, const Colour& expected, int tolerance) {
    const Colour found = at(picture, x, y);
    for (std::size_t k = 0; k < 3; ++k)
        EXPECT_NEAR(found[k], expected[k], tolerance) << "channel " << k << " at " << x << ", " << y;
}

void expect_quarters(const Picture& picture, int tolerance) {
    expect_colour(picture, 0.25, 0.25, kRed, tolerance);
    expect_colour(picture, 0.75, 0.25, kGreen, tolerance);
    expect_colour(picture, 0.25, 0.75, kBlue, tolerance);
    expect_colour(picture, 0.75, 0.75, kWhite, tolerance);
}

TEST(Jpeg, BaselineAndProgressiveDecodeAlike) {
    for (const bool progressive : {false, true}) {
        const auto picture = decode(quarters_jpeg({.progressive = progressive}), {});
        ASSERT_TRUE(picture) << picture.error().message;
        EXPECT_EQ(picture->width(), 160);
        EXPECT_EQ(picture->height(), 120);
        expect_quarters(*picture, 4);
    }
}

TEST(Jpeg, GreyBecomesThreeEqualChannels) {
    const auto picture = decode(testing::jpeg({.components = 1}, [](int, int, int) { return 77; }), {});
    ASSERT_TRUE(picture);
    expect_colour(*picture, 0.5, 0.5, {77, 77, 77}, 2);
}

TEST(Jpeg, AdobesInvertedCmykIsUnderstood) {
    // 255 is no ink: red is full cyan light, no magenta, no yellow light, no black ink.
    const auto picture = decode(
        testing::jpeg({.components = 4}, [](int, int, int k) { return k == 0 || k == 3 ? 255 : 0; }), {});
    ASSERT_TRUE(picture);
    expect_colour(*picture, 0.5, 0.5, kRed, 4);
}

TEST(Jpeg, EveryExifOrientationIsDisplayedUpright) {
    for (int orientation = 1; orientation <= 8; ++orientation) {
        SCOPED_TRACE(orientation);
        const bool on_its_side = orientation >= 5;
        const JpegKind kind{
            .width = on_its_side ? 120 : 160, .height = on_its_side ? 160 : 120, .orientation = orientation};
        // The stored pixel of a displayed one, straight from the standard's table of "row 0 is, column 0 is".
        const auto stored = [&](int u, int v, int k) {
            const int w = kind.width;
            const int h = kind.height;
            int x = u;
            int y = v;
            switch (orientation) {
                case 2:
                    x = w - 1 - u;
                    break;
                case 3:
                    x = w - 1 - u;
                    y = h - 1 - v;
                    break;
                case 4:
                    y = h - 1 - v;
                    break;
                case 5:
                    x = v;
                    y = u;
                    break;
                case 6:
                    x = h - 1 - v;
                    y = u;
                    break;
                case 7:
                    x = h - 1 - v;
                    y = w - 1 - u;
                    break;
                case 8:
                    x = v;
                    y = w - 1 - u;
                    break;
                default:
                    break;
            }
            return testing::quarter(x, y, 160, 120, k);
        };
        const auto picture = decode(testing::jpeg(kind, stored), {});
        ASSERT_TRUE(picture);
        EXPECT_EQ(picture->displayed_width(), 160);
        EXPECT_EQ(picture->displayed_height(), 120);
        EXPECT_EQ(picture->width(), 160);
        expect_quarters(*picture, 4);
    }
}

TEST(Jpeg, AnOrientationOutOfRangeIsIgnored) {
    const auto picture = decode(quarters_jpeg({.orientation = 9}), {});
    ASSERT_TRUE(picture);
    expect_quarters(*picture, 4);
}

TEST(Jpeg, LargePicturesAreDecodedReducedAndKeepTheirDisplayedSize) {
    const auto picture = decode(quarters_jpeg({.width = 4000, .height = 3000, .orientation = 6}), {});
    ASSERT_TRUE(picture);
    EXPECT_EQ(picture->displayed_width(), 3000);
    EXPECT_EQ(picture->displayed_height(), 4000);
    EXPECT_EQ(picture->width(), 1500);
    EXPECT_EQ(picture->height(), 2000);
}

TEST(Jpeg, TruncatedAtAnyPlaceIsRefused) {
    const Bytes whole = quarters_jpeg({.progressive = true});
    ASSERT_TRUE(decode(whole, {}));
    for (std::size_t size = 0; size + 2 < whole.size(); size += 37) {
        const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_EQ(code_of(decode(part, {})), ErrorCode::kInvalidImageFormat) << size;
    }
}

TEST(Jpeg, AFewBytesOfPaddingAreNoDamage) {
    for (const bool progressive : {false, true}) {
        const Bytes sound = quarters_jpeg({.progressive = progressive});
        const auto with = [&](std::ptrdiff_t from_end, std::size_t count, std::uint8_t byte = 0) {
            Bytes padded = sound;
            padded.insert(from_end > 0 ? padded.end() - from_end : padded.begin() + 20, count, byte);
            return padded;
        };
        const auto whole = decode(sound, {});
        ASSERT_TRUE(whole);
        for (const std::ptrdiff_t place : {0, 2}) {  // after the JFIF segment, before the end
            const auto padded = decode(with(place, 7), {});
            ASSERT_TRUE(padded) << padded.error().message;
            EXPECT_TRUE(std::equal(whole->bgr(), whole->bgr() + std::size_t{3} * 160 * 120, padded->bgr()));
            EXPECT_EQ(code_of(decode(with(place, 100), {})), ErrorCode::kInvalidImageFormat);
            EXPECT_EQ(code_of(decode(with(place, 20, 0x5a), {})), ErrorCode::kInvalidImageFormat)
                << "these may be what decoding lost";
        }
    }
}

TEST(Jpeg, ThousandsOfScansAreRefusedBeforeTheyCost) {
    EXPECT_TRUE(decode(quarters_jpeg({.scans = 90}), {}));
    EXPECT_EQ(code_of(decode(quarters_jpeg({.scans = 150}), {})), ErrorCode::kInvalidImageFormat);
}

TEST(Jpeg, AProgressivePictureLargerThanTheBudgetIsTooLarge) {
    Bytes bytes = quarters_jpeg({.progressive = true});
    // Only the frame header says 10,000 x 10,000: 300 MB of coefficients, refused before any is taken.
    constexpr std::array<std::uint8_t, 2> kProgressiveFrame = {0xff, 0xc2};
    const auto frame = std::ranges::search(bytes, kProgressiveFrame).begin();
    ASSERT_NE(frame, bytes.end());
    std::ranges::copy(std::array<std::uint8_t, 4>{0x27, 0x10, 0x27, 0x10}, frame + 5);
    EXPECT_EQ(code_of(decode(bytes, {})), ErrorCode::kImageTooLarge);
}

TEST(Png, EveryKindGivesTheSameColours) {
    const std::vector<png_color> palette = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};
    for (const bool interlaced : {false, true}) {
        SCOPED_TRACE(interlaced);
        const std::pair<const char*, Bytes> kinds[] = {
            {"rgb", quarters_png({.interlaced = interlaced})},
            {"rgb 16", quarters_png({.depth = 16, .interlaced = interlaced}, 65535)},
            {"rgba", quarters_png({.type = PNG_COLOR_TYPE_RGB_ALPHA, .interlaced = interlaced})},
            {"rgba 16",
             quarters_png({.type = PNG_COLOR_TYPE_RGB_ALPHA, .depth = 16, .interlaced = interlaced}, 65535)},
            {"palette 2 bits",
             testing::png(
                 {.type = PNG_COLOR_TYPE_PALETTE, .depth = 2, .interlaced = interlaced, .palette = palette},
                 [](int x, int y, int) { return (x >= 80 ? 1 : 0) + (y >= 60 ? 2 : 0); })},
            {"palette 8 bits",
             testing::png({.type = PNG_COLOR_TYPE_PALETTE, .interlaced = interlaced, .palette = palette},
                          [](int x, int y, int) { return (x >= 80 ? 1 : 0) + (y >= 60 ? 2 : 0); })}};
        for (const auto& [name, bytes] : kinds) {
            SCOPED_TRACE(name);
            const auto picture = decode(bytes, {});
            ASSERT_TRUE(picture) << picture.error().message;
            expect_quarters(*picture, 0);
        }
    }
}

TEST(Png, GreyOfEveryDepth) {
    for (const int depth : {1, 2, 4, 8, 16}) {
        SCOPED_TRACE(depth);
        const int most = (1 << depth) - 1;
        const auto picture = decode(testing::png({.type = PNG_COLOR_TYPE_GRAY, .depth = depth},
                                                 [&](int x, int, int) { return x < 80 ? 0 : most; }),
                                    {});
        ASSERT_TRUE(picture);
        expect_colour(*picture, 0.25, 0.5, kBlack, 0);
        expect_colour(*picture, 0.75, 0.5, kWhite, 0);
    }
}

TEST(Png, TransparencyStandsOverWhite) {
    const auto half = decode(testing::png({.type = PNG_COLOR_TYPE_RGB_ALPHA},
                                          [](int x, int, int k) { return k == 3 ? (x < 80 ? 0 : 255) : 0; }),
                             {});
    ASSERT_TRUE(half);
    expect_colour(*half, 0.25, 0.5, kWhite, 0);
    expect_colour(*half, 0.75, 0.5, kBlack, 0);

    const auto keyed = decode(testing::png({.type = PNG_COLOR_TYPE_GRAY, .transparent_grey = 9},
                                           [](int x, int, int) { return x < 80 ? 9 : 10; }),
                              {});
    ASSERT_TRUE(keyed);
    expect_colour(*keyed, 0.25, 0.5, kWhite, 0);
    expect_colour(*keyed, 0.75, 0.5, {10, 10, 10}, 0);

    const auto palette = decode(
        testing::png(
            {.type = PNG_COLOR_TYPE_PALETTE, .palette = {{0, 0, 0}, {0, 255, 0}}, .palette_alpha = {0, 255}},
            [](int x, int, int) { return x < 80 ? 0 : 1; }),
        {});
    ASSERT_TRUE(palette);
    expect_colour(*palette, 0.25, 0.5, kWhite, 0);
    expect_colour(*palette, 0.75, 0.5, kGreen, 0);
}

TEST(Png, LargePicturesAreAveragedRowByRow) {
    // Columns of black and white: a quarter-size picture made by dropping pixels would be all black or all
    // white.
    const auto picture = decode(testing::png({.width = 8000, .height = 200, .type = PNG_COLOR_TYPE_GRAY},
                                             [](int x, int, int) { return x % 2 * 255; }),
                                {});
    ASSERT_TRUE(picture);
    EXPECT_EQ(picture->width(), 2000);
    EXPECT_EQ(picture->displayed_width(), 8000);
    expect_colour(*picture, 0.5, 0.5, {128, 128, 128}, 1);
    EXPECT_EQ(PixelLease::in_use(), 2000U * 50U);
}

TEST(Png, TruncatedOrCorruptIsRefused) {
    const Bytes whole = quarters_png({});
    for (std::size_t size = 8; size < whole.size(); size += 41) {
        const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_EQ(code_of(decode(part, {})), ErrorCode::kInvalidImageFormat) << size;
    }
    Bytes flipped = whole;
    flipped[20] ^= 1;  // the height: the header's checksum no longer holds
    EXPECT_EQ(code_of(decode(flipped, {})), ErrorCode::kInvalidImageFormat);
}

TEST(Png, AHugeInterlacedPictureIsTooLarge) {
    // 81 megapixels of one colour in a few kilobytes: interlaced, all of it would have to stand in memory.
    const Bytes bomb = testing::png(
        {.width = 9000, .height = 9000, .type = PNG_COLOR_TYPE_GRAY, .depth = 1, .interlaced = true},
        [](int, int, int) { return 0; });
    EXPECT_LT(bomb.size(), 200'000U);
    EXPECT_EQ(code_of(decode(bomb, {})), ErrorCode::kImageTooLarge);
    EXPECT_EQ(PixelLease::in_use(), 0U);
}

/// The most memory that this process had at once since `forget_most_memory`, in megabytes.
double most_memory() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
    return 0;
}

void forget_most_memory() {
    std::ofstream("/proc/self/clear_refs") << "5";
}

TEST(Png, TextsInTheFileTakeNoMemory) {
    const Bytes bomb = testing::png({.texts = 40}, [](int, int, int) { return 0; });
    EXPECT_LT(bomb.size(), 3'000'000U);
    forget_most_memory();
    const double before = most_memory();
    ASSERT_GT(before, 0);
    EXPECT_TRUE(decode(bomb, {}));
    EXPECT_LT(most_memory() - before, 60);
}

TEST(Sides, AreHeldToRekognitionsLimits) {
    EXPECT_TRUE(decode(quarters_png({.width = 80, .height = 80}), {}));
    const auto small = decode(quarters_png({.width = 79, .height = 200}), {});
    EXPECT_EQ(code_of(small), ErrorCode::kInvalidParameter);
    EXPECT_THAT(small.error().message, HasSubstr("79 x 200"));
    const auto wide =
        decode(testing::png({.width = 10'001, .height = 80, .type = PNG_COLOR_TYPE_GRAY, .depth = 1},
                            [](int, int, int) { return 0; }),
               {});
    EXPECT_EQ(code_of(wide), ErrorCode::kImageTooLarge);
    EXPECT_EQ(code_of(decode(quarters_jpeg({.width = 79}), {})), ErrorCode::kInvalidParameter);
}

TEST(Decode, OtherBytesAreRefusedInAmazonsWords) {
    for (const std::string text :
         {"", "x", "GIF89a", "RIFF....WEBPVP8 ", "\xff\xd8\xff", "\x89PNG\r\n\x1a\n"}) {
        const auto picture = decode(as_bytes(text), {});
        ASSERT_EQ(code_of(picture), ErrorCode::kInvalidImageFormat);
        EXPECT_THAT(picture.error().message, StartsWith("Request has invalid image format: "));
    }
}

TEST(Decode, DoubleBase64IsNamedAsSuch) {
    for (const std::string text : {"/9j/4AAQSkZJRg", "iVBORw0KGgo", "data:image/png;base64,iVBORw0"})
        EXPECT_THAT(decode(as_bytes(text), {}).error().message, HasSubstr("base64"));
}

}  // namespace
}  // namespace visavis::image
