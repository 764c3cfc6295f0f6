#include "engine/list_faces.h"

#include "protocol/arguments.h"
#include "protocol/operations/operations.h"
#include "protocol/shapes.h"

namespace visavis::protocol::operations {

Result<boost::json::object> list_faces(engine::Engine& engine, engine::Call& call,
                                       const boost::json::object& request) {
    const auto response = engine::list_faces(engine, call,
                                             {.collection_id = text(request, "CollectionId"),
                                              .user_id = optional_text(request, "UserId"),
                                              .face_ids = texts(request, "FaceIds"),
                                              .next_token = optional_text(request, "NextToken"),
                                              .max_results = optional_integer(request, "MaxResults")});
    if (!response) return std::unexpected(response.error());

    boost::json::object answer{{"Faces", list_of(response->faces, stored_face)},
                               {"FaceModelVersion", response->model_version}};
    if (response->next_token) answer["NextToken"] = *response->next_token;
    return answer;
}

}  // namespace visavis::protocol::operations
