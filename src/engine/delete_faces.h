// Rekognition's DeleteFaces.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DeleteFaces.html
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/call.h"

namespace visavis::engine {

class Engine;

struct DeleteFacesRequest {
    std::string collection_id;
    std::vector<std::string> face_ids;
};

struct UnsuccessfulFaceDeletion {
    std::string face_id;
    std::optional<std::string> user_id;
    std::string reason;  ///< ASSOCIATED_TO_AN_EXISTING_USER or FACE_NOT_FOUND
};

struct DeleteFacesResponse {
    std::vector<std::string> deleted;  ///< in the order asked for
    std::vector<UnsuccessfulFaceDeletion> unsuccessful;
};

/// What is deleted is gone when this answers: from the database, from the index and its file; the database's
/// log is cleared within a minute. Thread-safe. kNotFound (collection).
[[nodiscard]] Result<DeleteFacesResponse> delete_faces(Engine& engine, Call& call,
                                                       const DeleteFacesRequest& request);

}  // namespace visavis::engine
