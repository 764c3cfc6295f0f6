// Rekognition's DisassociateFaces.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DisassociateFaces.html
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/association.h"
#include "engine/call.h"

namespace visavis::engine {

class Engine;

struct DisassociateFacesRequest {
    std::string collection_id;
    std::string user_id;
    std::vector<std::string> face_ids;
    std::optional<std::string> token;  ///< ClientRequestToken
};

/// Takes faces from a user and fuses the user's template anew; the faces stay in the collection. A face that
/// is nobody's is in neither list. Thread-safe. kNotFound (collection, user), kIdempotentParameterMismatch,
/// kInvalidParameter for a collection of another face model.
[[nodiscard]] Result<AssociationAnswer> disassociate_faces(Engine& engine, Call& call,
                                                           const DisassociateFacesRequest& request);

}  // namespace visavis::engine
