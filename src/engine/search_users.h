// Rekognition's SearchUsers.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_SearchUsers.html
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

struct SearchUsersRequest {
    std::string collection_id;
    std::optional<std::string> user_id;  ///< exactly one of the two
    std::optional<std::string> face_id;
    std::optional<std::int64_t> max_users;  ///< absent: 500
    float threshold{80};                    ///< Similarity, 0…100
};

struct SearchUsersResponse {
    std::vector<UserMatch> matches;  ///< best first; never the searched user
    std::string model_version;
    std::optional<std::string> searched_face_id;
    std::optional<std::string> searched_user_id;
};

/// Searches users by a face of the collection, associated or not, or by a user. A user without faces is like
/// nobody. Thread-safe. kNotFound (collection, face, user), kInvalidParameter unless exactly one of user and
/// face is given, or for a collection of another face model.
[[nodiscard]] Result<SearchUsersResponse> search_users(Engine& engine, Call& call,
                                                       const SearchUsersRequest& request);

}  // namespace visavis::engine
