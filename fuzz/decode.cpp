// image::decode: JPEG, PNG and EXIF headers of any bytes.
#include <algorithm>
#include <cstdlib>

#include "fuzz.h"
#include "image/picture.h"
#include "image/test_pictures.h"

namespace {

using namespace visavis::image;

int paint(int x, int y, int k) {
    return (x * 3 + y * 5 + k * 40) & 255;
}

}  // namespace

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    using testing::jpeg;
    using testing::png;
    return {jpeg({.width = 96, .height = 88, .orientation = 6}, paint),
            jpeg({.width = 96, .height = 88, .components = 1}, paint),
            jpeg({.width = 96, .height = 88, .components = 4}, paint),
            jpeg({.width = 96, .height = 88, .progressive = true, .orientation = 3}, paint),
            png({.width = 96, .height = 88}, paint),
            png({.width = 96, .height = 88, .type = PNG_COLOR_TYPE_RGB_ALPHA, .interlaced = true}, paint),
            png({.width = 96, .height = 88, .type = PNG_COLOR_TYPE_GRAY, .depth = 16, .transparent_grey = 5},
                paint),
            png({.width = 96,
                 .height = 88,
                 .type = PNG_COLOR_TYPE_PALETTE,
                 .palette = {{0, 0, 0}, {9, 9, 9}, {0, 99, 0}, {255, 0, 0}},
                 .palette_alpha = {0, 128}},
                [](int x, int y, int) { return (x + y) & 3; })};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto picture = decode({data, size}, {.enough_pixels = 40});
    if (!picture) return 0;
    // What is given back must be whole: every pixel is read.
    unsigned sum = 0;
    const auto bytes =
        static_cast<std::size_t>(picture->width()) * static_cast<std::size_t>(picture->height()) * 3;
    for (std::size_t i = 0; i < bytes; ++i) sum += picture->bgr()[i];
    if (picture->width() <= 0 || picture->width() > picture->displayed_width()) std::abort();
    [[maybe_unused]] static volatile unsigned sink;
    sink = sum;
    return 0;
}
