// Rekognition's TagResource.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_TagResource.html
#pragma once

#include <map>
#include <string>

#include "base/error.h"
#include "engine/call.h"

namespace visavis::engine {

class Engine;

struct TagResourceRequest {
    std::string resource_arn;  ///< of a collection; with or without the leading `arn:`
    std::map<std::string, std::string, std::less<>> tags;
};

struct TagResourceResponse {};

/// Thread-safe. kNotFound (no such collection of the caller's), kQuotaExceeded (nothing is changed) beyond
/// 200 tags.
[[nodiscard]] Result<TagResourceResponse> tag_resource(Engine& engine, Call& call,
                                                       const TagResourceRequest& request);

}  // namespace visavis::engine
