#include "engine/describe_collection.h"

#include "protocol/arguments.h"
#include "protocol/operations/operations.h"
#include "protocol/shapes.h"

namespace visavis::protocol::operations {

Result<boost::json::object> describe_collection(engine::Engine& engine, engine::Call& call,
                                                const boost::json::object& request) {
    const auto response =
        engine::describe_collection(engine, call, {.collection_id = text(request, "CollectionId")});
    if (!response) return std::unexpected(response.error());

    return boost::json::object{{"FaceCount", response->face_count},
                               {"UserCount", response->user_count},
                               {"FaceModelVersion", response->model_version},
                               {"CollectionARN", response->collection_arn},
                               {"CreationTimestamp", timestamp(response->created)}};
}

}  // namespace visavis::protocol::operations
