// Rekognition's UntagResource.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_UntagResource.html
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "engine/call.h"

namespace visavis::engine {

class Engine;

struct UntagResourceRequest {
    std::string resource_arn;  ///< as in TagResourceRequest
    std::vector<std::string> tag_keys;
};

struct UntagResourceResponse {};

/// Keys that are not there are no error. Thread-safe. kNotFound.
[[nodiscard]] Result<UntagResourceResponse> untag_resource(Engine& engine, Call& call,
                                                           const UntagResourceRequest& request);

}  // namespace visavis::engine
