#include "engine/delete_user.h"

#include "protocol/arguments.h"
#include "protocol/operations/operations.h"

namespace visavis::protocol::operations {

Result<boost::json::object> delete_user(engine::Engine& engine, engine::Call& call,
                                        const boost::json::object& request) {
    const auto response = engine::delete_user(engine, call,
                                              {.collection_id = text(request, "CollectionId"),
                                               .user_id = text(request, "UserId"),
                                               .token = optional_text(request, "ClientRequestToken")});
    if (!response) return std::unexpected(response.error());

    return boost::json::object{};
}

}  // namespace visavis::protocol::operations
