#include "engine/list_tags_for_resource.h"

#include "protocol/arguments.h"
#include "protocol/operations/operations.h"

namespace visavis::protocol::operations {

Result<boost::json::object> list_tags_for_resource(engine::Engine& engine, engine::Call& call,
                                                   const boost::json::object& request) {
    const auto response =
        engine::list_tags_for_resource(engine, call, {.resource_arn = text(request, "ResourceArn")});
    if (!response) return std::unexpected(response.error());

    boost::json::object all;
    for (const auto& [key, value] : response->tags) all[key] = value;
    return boost::json::object{{"Tags", std::move(all)}};
}

}  // namespace visavis::protocol::operations
