// From a request's `Image` to pixels.
#pragma once

#include "base/error.h"
#include "engine/governed.h"
#include "engine/types.h"
#include "face/turns.h"
#include "image/picture.h"

namespace visavis::engine {

class Engine;

struct LoadedPicture {
    face::Turns::Turn turn;  ///< of recognition; to be ended before anything is waited for
    image::Picture picture;
};

/// The picture in displayed orientation, once it is its turn to be recognised. Errors: kInvalidImageFormat,
/// kImageTooLarge, kInvalidParameter (a side under 80 pixels), kInvalidS3Object (it cannot be read, or no S3
/// source is configured), kThrottled. The hash of the image's bytes is added to the record's probes.
/// Thread-safe.
[[nodiscard]] Result<LoadedPicture> load_picture(const Engine& engine, const Image& image, Record& record);

}  // namespace visavis::engine
