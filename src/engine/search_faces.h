// Rekognition's SearchFaces.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_SearchFaces.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/call.h"
#include "engine/face_matches.h"

namespace visavis::engine {

class Engine;

struct SearchFacesRequest {
    std::string collection_id;
    std::string face_id;
    std::optional<std::int64_t> max_faces;  ///< absent: 4096
    float threshold{80};                    ///< Similarity, 0…100
};

struct SearchFacesResponse {
    std::string searched_face_id;
    std::vector<FaceMatch> matches;  ///< best first; never the searched face itself
    std::string model_version;
};

/// Thread-safe. kNotFound (collection, face), kInvalidParameter for a collection of another face model.
[[nodiscard]] Result<SearchFacesResponse> search_faces(Engine& engine, Call& call,
                                                       const SearchFacesRequest& request);

}  // namespace visavis::engine
