// The two codecs behind decode(): each gives pixels as stored, before orientation.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "image/pixel_budget.h"

namespace visavis::image {

struct Raster {
    int width{};  ///< decoded
    int height{};
    int full_width{};  ///< as the header says
    int full_height{};
    std::vector<std::uint8_t> bgr;
    PixelLease lease;    ///< for `bgr`, and for as much again if it has to be turned
    int orientation{1};  ///< EXIF 1…8
};

/// kInvalidImageFormat with Amazon's message, and why.
[[nodiscard]] Error invalid_format(std::string_view why);

/// Nothing if both sides are within Rekognition's limits, else the error to return.
[[nodiscard]] Result<void> check_sides(std::uint64_t width, std::uint64_t height);

/// The largest of 1, 2, 4, 8 by which both codecs may divide so that the longer side stays at or above
/// `enough`.
[[nodiscard]] int reduction(int width, int height, int enough) noexcept;

[[nodiscard]] Result<Raster> decode_jpeg(ByteView bytes, int enough_pixels);
[[nodiscard]] Result<Raster> decode_png(ByteView bytes, int enough_pixels);

}  // namespace visavis::image
