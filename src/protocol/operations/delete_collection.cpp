#include "engine/delete_collection.h"

#include "protocol/arguments.h"
#include "protocol/operations/operations.h"

namespace visavis::protocol::operations {

Result<boost::json::object> delete_collection(engine::Engine& engine, engine::Call& call,
                                              const boost::json::object& request) {
    const auto response =
        engine::delete_collection(engine, call, {.collection_id = text(request, "CollectionId")});
    if (!response) return std::unexpected(response.error());

    return boost::json::object{{"StatusCode", 200}};
}

}  // namespace visavis::protocol::operations
