// Decoded pictures, and the decoder for the two formats of Rekognition's API: JPEG and PNG.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "image/pixel_budget.h"

namespace visavis::image {

/// Pixels in displayed orientation: 8 bits a channel, B G R, rows from the top without padding. The decoded
/// size may be smaller than the displayed one (see DecodeOptions); ratios of the one are ratios of the other.
/// Holds its share of the process's pixel budget as long as it lives.
class Picture {
  public:
    Picture(int width, int height, std::vector<std::uint8_t> bgr, int displayed_width, int displayed_height,
            PixelLease lease = {});

    [[nodiscard]] int width() const noexcept { return width_; }
    [[nodiscard]] int height() const noexcept { return height_; }
    [[nodiscard]] int displayed_width() const noexcept { return displayed_width_; }
    [[nodiscard]] int displayed_height() const noexcept { return displayed_height_; }
    [[nodiscard]] const std::uint8_t* bgr() const noexcept { return bgr_.data(); }

  private:
    int width_;
    int height_;
    int displayed_width_;
    int displayed_height_;
    std::vector<std::uint8_t> bgr_;
    PixelLease lease_;
};

struct DecodeOptions {
    /// A picture whose longer side is at least twice this is decoded at 1/2, 1/4 or 1/8 (never below it): a
    /// face of 40 pixels in 1920, Rekognition's smallest, keeps its detail, and a 100-megapixel picture costs
    /// 6 MB, not 300.
    int enough_pixels{1920};
};

/// The picture. Format is told from the bytes: JPEG (baseline, progressive; grey, YCbCr, CMYK; EXIF
/// orientation is applied) or PNG (every kind; transparency over white; never rotated). Errors, in Amazon's
/// words where known: kInvalidImageFormat (neither, truncated, corrupt), kImageTooLarge (a side over 10,000
/// pixels, or more memory to decode than the whole budget: a huge interlaced PNG or progressive JPEG),
/// kInvalidParameter (a side under 80), kThrottled (the pixel budget is taken by others). Thread-safe. Size
/// is checked before memory is taken.
[[nodiscard]] Result<Picture> decode(ByteView bytes, const DecodeOptions& options);

}  // namespace visavis::image
