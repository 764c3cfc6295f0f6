// One object from an S3-compatible server, by libcurl (which signs with SigV4).
#pragma once

#include <string_view>

#include "engine/configured_images.h"

namespace visavis::engine {

/// kInvalidS3Object, Amazon's words and the reason.
[[nodiscard]] std::unexpected<Error> no_object(std::string_view reason);

/// GET of the object, of its version if it names one. Thread-safe. Errors of ImageSource::fetch().
[[nodiscard]] Result<Bytes> fetch_from_s3(const ObjectPlace& place, const S3Object& object);

/// The URL that fetch_from_s3() asks; the key's characters are escaped except `/`.
[[nodiscard]] std::string url_of(const ObjectPlace& place, const S3Object& object);

}  // namespace visavis::engine
