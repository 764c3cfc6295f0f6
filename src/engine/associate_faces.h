// Rekognition's AssociateFaces.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_AssociateFaces.html
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/association.h"
#include "engine/call.h"

namespace visavis::engine {

class Engine;

struct AssociateFacesRequest {
    std::string collection_id;
    std::string user_id;
    std::vector<std::string> face_ids;
    float threshold{75};               ///< Similarity to the user, once the user has a face
    std::optional<std::string> token;  ///< ClientRequestToken
};

/// Associates faces with a user and fuses the user's template anew. A face that is this user's already is in
/// neither list. Thread-safe. kNotFound (collection, user), kQuotaExceeded (nothing is changed) beyond 100
/// faces, kIdempotentParameterMismatch, kInvalidParameter for a collection of another face model.
[[nodiscard]] Result<AssociationAnswer> associate_faces(Engine& engine, Call& call,
                                                        const AssociateFacesRequest& request);

}  // namespace visavis::engine
