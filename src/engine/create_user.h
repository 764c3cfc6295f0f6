// Rekognition's CreateUser.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_CreateUser.html
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "engine/call.h"

namespace visavis::engine {

class Engine;

struct CreateUserRequest {
    std::string collection_id;
    std::string user_id;
    std::optional<std::string> token;  ///< ClientRequestToken
};

struct CreateUserResponse {};

/// Thread-safe. kNotFound (collection), kConflict (the user exists), kIdempotentParameterMismatch.
[[nodiscard]] Result<CreateUserResponse> create_user(Engine& engine, Call& call,
                                                     const CreateUserRequest& request);

}  // namespace visavis::engine
