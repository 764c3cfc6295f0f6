// Rekognition's ListUsers.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_ListUsers.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/call.h"

namespace visavis::engine {

class Engine;

struct ListUsersRequest {
    std::string collection_id;
    std::optional<std::string> next_token;
    std::optional<std::int64_t> max_results;  ///< absent: 500, which is also the most
};

struct ListedUser {
    std::string user_id;
    std::string status;  ///< Rekognition's UserStatus
};

struct ListUsersResponse {
    std::vector<ListedUser> users;          ///< in the order of their creation
    std::optional<std::string> next_token;  ///< if there are more
};

/// Thread-safe. kNotFound (collection), kInvalidPaginationToken.
[[nodiscard]] Result<ListUsersResponse> list_users(Engine& engine, Call& call,
                                                   const ListUsersRequest& request);

}  // namespace visavis::engine
