// Pictures written for people to look at (`visavis detect --draw`).
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/error.h"

namespace visavis::image {

/// A PNG of `bgr`: 8 bits a channel, B G R, `height` rows of `width` pixels without padding.
/// kInvalidParameter if the size is not that of `bgr`, kInternal with libpng's words.
[[nodiscard]] Result<Bytes> encode_png(int width, int height, std::span<const std::uint8_t> bgr);

}  // namespace visavis::image
