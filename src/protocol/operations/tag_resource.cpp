#include "engine/tag_resource.h"

#include "protocol/arguments.h"
#include "protocol/operations/operations.h"

namespace visavis::protocol::operations {

Result<boost::json::object> tag_resource(engine::Engine& engine, engine::Call& call,
                                         const boost::json::object& request) {
    const auto response = engine::tag_resource(
        engine, call, {.resource_arn = text(request, "ResourceArn"), .tags = tags(request, "Tags")});
    if (!response) return std::unexpected(response.error());

    return boost::json::object{};
}

}  // namespace visavis::protocol::operations
