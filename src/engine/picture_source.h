// From a request's `Image` to pixels.
#pragma once

#include "base/error.h"
#include "engine/governed.h"
#include "engine/types.h"
#include "image/picture.h"

namespace visavis::engine {

class Engine;

/// The picture in displayed orientation. Errors: kInvalidImageFormat, kImageTooLarge, kInvalidParameter (a
/// side under 80 pixels), kInvalidS3Object (it cannot be read, or no S3 source is configured), kThrottled.
/// The hash of the image's bytes is added to the record's probes. Thread-safe.
[[nodiscard]] Result<image::Picture> load_picture(const Engine& engine, const Image& image, Record& record);

}  // namespace visavis::engine
