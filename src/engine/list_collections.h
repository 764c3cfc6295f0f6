// Rekognition's ListCollections.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_ListCollections.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/call.h"

namespace visavis::engine {

class Engine;

struct ListCollectionsRequest {
    std::optional<std::string> next_token;
    std::optional<std::int64_t> max_results;  ///< absent or 0: 1000; at most 4096
};

struct ListCollectionsResponse {
    std::vector<std::string> collection_ids;  ///< in the order of their creation
    std::vector<std::string> model_versions;  ///< parallel
    std::optional<std::string> next_token;    ///< if there are more
};

/// The caller's account's collections. Thread-safe. kInvalidPaginationToken.
[[nodiscard]] Result<ListCollectionsResponse> list_collections(Engine& engine, Call& call,
                                                               const ListCollectionsRequest& request);

}  // namespace visavis::engine
