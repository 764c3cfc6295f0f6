#include "engine/list_tags_for_resource.h"

#include "engine/arn.h"
#include "engine/collection_access.h"

namespace visavis::engine {
Result<ListTagsForResourceResponse> list_tags_for_resource(Engine& engine, Call& call,
                                                           const ListTagsForResourceRequest& request) {
    const auto id = collection_of_arn(call.caller, request.resource_arn);
    if (!id)
        return no_such_resource<ListTagsForResourceResponse>(engine, call, "ListTagsForResource",
                                                             request.resource_arn);
    return governed<ListTagsForResourceResponse>(
        engine, call, {.operation = "ListTagsForResource", .collection = *id},
        [&](Record&) -> Result<ListTagsForResourceResponse> {
            const auto collection = find_tagged(engine, call.caller, request.resource_arn, *id);
            if (!collection) return std::unexpected(collection.error());
            auto tags = engine.store()->read(
                [&](const store::Transaction& now) { return now.tags().list(collection->key); });
            if (!tags) return std::unexpected(tags.error());
            return ListTagsForResourceResponse{.tags = std::move(*tags)};
        });
}

}  // namespace visavis::engine
