// Rekognition's ListFaces.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_ListFaces.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/call.h"
#include "engine/stored_face.h"

namespace visavis::engine {

class Engine;

struct ListFacesRequest {
    std::string collection_id;
    std::optional<std::string> user_id;  ///< only faces associated with this user
    std::vector<std::string> face_ids;   ///< only these; empty: all
    std::optional<std::string> next_token;
    std::optional<std::int64_t> max_results;  ///< absent or 0: 1000; at most 4096
};

struct ListFacesResponse {
    std::vector<StoredFace> faces;  ///< in the order they were indexed
    std::string model_version;
    std::optional<std::string> next_token;  ///< if there are more
};

/// Thread-safe. kNotFound (collection), kInvalidPaginationToken.
[[nodiscard]] Result<ListFacesResponse> list_faces(Engine& engine, Call& call,
                                                   const ListFacesRequest& request);

}  // namespace visavis::engine
