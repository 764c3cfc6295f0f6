// Rekognition's DeleteUser.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DeleteUser.html
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "engine/call.h"

namespace visavis::engine {

class Engine;

struct DeleteUserRequest {
    std::string collection_id;
    std::string user_id;
    std::optional<std::string> token;  ///< ClientRequestToken
};

struct DeleteUserResponse {};

/// The user's faces stay, associated with nobody. Thread-safe. kNotFound (collection, user),
/// kIdempotentParameterMismatch.
[[nodiscard]] Result<DeleteUserResponse> delete_user(Engine& engine, Call& call,
                                                     const DeleteUserRequest& request);

}  // namespace visavis::engine
