// One object from a local directory that stands for a bucket.
#pragma once

#include <string>

#include "engine/s3_bucket.h"

namespace visavis::engine {

/// The file whose path below `directory` is the object's name. Thread-safe. Errors of ImageSource::fetch().
[[nodiscard]] Result<Bytes> read_from_directory(const std::string& directory, const S3Object& object);

}  // namespace visavis::engine
