// Rekognition's ListTagsForResource.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_ListTagsForResource.html
#pragma once

#include <map>
#include <string>

#include "base/error.h"
#include "engine/call.h"

namespace visavis::engine {

class Engine;

struct ListTagsForResourceRequest {
    std::string resource_arn;  ///< as in TagResourceRequest
};

struct ListTagsForResourceResponse {
    std::map<std::string, std::string, std::less<>> tags;
};

/// Thread-safe. kNotFound.
[[nodiscard]] Result<ListTagsForResourceResponse> list_tags_for_resource(
    Engine& engine, Call& call, const ListTagsForResourceRequest& request);

}  // namespace visavis::engine
