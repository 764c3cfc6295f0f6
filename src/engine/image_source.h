// Where S3Objects come from. Implementations contact configured places only.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "engine/types.h"

namespace visavis::engine {

/// Thread-safe.
class ImageSource {
  public:
    ImageSource() = default;
    ImageSource(const ImageSource&) = delete;
    ImageSource& operator=(const ImageSource&) = delete;
    virtual ~ImageSource() = default;

    /// The object's bytes. kInvalidS3Object if bucket, key or version cannot be read, whatever the reason;
    /// kImageTooLarge beyond limits::kStoredImageBytes.
    [[nodiscard]] virtual Result<Bytes> fetch(const S3Object& object) const = 0;
};

}  // namespace visavis::engine
