// S3Objects from the places that the settings name, and from nowhere else: an S3-compatible endpoint, or a
// local directory that stands for a bucket.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "engine/image_source.h"

namespace visavis::engine {

struct ObjectPlace {
    std::string bucket;     ///< empty: every bucket of the endpoint that has no place of its own
    std::string directory;  ///< the bucket's objects are the files below it; or
    std::string endpoint;   ///< e.g. `https://s3.example.org`
    std::string region{"us-east-1"};
    std::string access_key_id;  ///< empty: requests are not signed
    std::string secret_access_key;
    bool path_style{true};             ///< `endpoint/bucket/key`; else `bucket.endpoint/key`
    std::chrono::seconds timeout{30};  ///< for one object
};

/// Objects are read whole, at most limits::kStoredImageBytes of them. Redirects are not followed and no proxy
/// is asked. A directory gives regular files only, never one outside it, whatever `..` and links say; it
/// knows no versions. Errors in Amazon's words, with the reason. kInvalidParameter for a place that names
/// neither directory nor an http or https endpoint, or a directory without a bucket.
Result<std::unique_ptr<const ImageSource>> open_images(std::vector<ObjectPlace> places);

}  // namespace visavis::engine
