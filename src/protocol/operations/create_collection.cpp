#include "engine/create_collection.h"

#include "protocol/arguments.h"
#include "protocol/operations/operations.h"

namespace visavis::protocol::operations {

Result<boost::json::object> create_collection(engine::Engine& engine, engine::Call& call,
                                              const boost::json::object& request) {
    const auto response = engine::create_collection(
        engine, call, {.collection_id = text(request, "CollectionId"), .tags = tags(request, "Tags")});
    if (!response) return std::unexpected(response.error());

    return boost::json::object{{"StatusCode", 200},
                               {"CollectionArn", response->collection_arn},
                               {"FaceModelVersion", response->model_version}};
}

}  // namespace visavis::protocol::operations
