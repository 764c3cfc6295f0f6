#include "engine/search_users.h"

#include "protocol/arguments.h"
#include "protocol/collection_shapes.h"
#include "protocol/operations/operations.h"
#include "protocol/shapes.h"

namespace visavis::protocol::operations {

Result<boost::json::object> search_users(engine::Engine& engine, engine::Call& call,
                                         const boost::json::object& request) {
    const auto response = engine::search_users(engine, call,
                                               {.collection_id = text(request, "CollectionId"),
                                                .user_id = optional_text(request, "UserId"),
                                                .face_id = optional_text(request, "FaceId"),
                                                .max_users = optional_integer(request, "MaxUsers"),
                                                .threshold = number_or(request, "UserMatchThreshold", 80)});
    if (!response) return std::unexpected(response.error());

    boost::json::object answer{{"UserMatches", list_of(response->matches, user_match)},
                               {"FaceModelVersion", response->model_version}};
    if (response->searched_face_id)
        answer["SearchedFace"] = boost::json::object{{"FaceId", *response->searched_face_id}};
    if (response->searched_user_id)
        answer["SearchedUser"] = boost::json::object{{"UserId", *response->searched_user_id}};
    return answer;
}

}  // namespace visavis::protocol::operations
