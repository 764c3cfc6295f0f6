#include "engine/untag_resource.h"

#include "protocol/arguments.h"
#include "protocol/operations/operations.h"

namespace visavis::protocol::operations {

Result<boost::json::object> untag_resource(engine::Engine& engine, engine::Call& call,
                                           const boost::json::object& request) {
    const auto response = engine::untag_resource(
        engine, call, {.resource_arn = text(request, "ResourceArn"), .tag_keys = texts(request, "TagKeys")});
    if (!response) return std::unexpected(response.error());

    return boost::json::object{};
}

}  // namespace visavis::protocol::operations
