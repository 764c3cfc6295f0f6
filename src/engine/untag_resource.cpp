#include "engine/untag_resource.h"

#include "engine/arn.h"
#include "engine/collection_access.h"

namespace visavis::engine {
Result<UntagResourceResponse> untag_resource(Engine& engine, Call& call,
                                             const UntagResourceRequest& request) {
    const auto id = collection_of_arn(call.caller, request.resource_arn);
    if (!id)
        return no_such_resource<UntagResourceResponse>(engine, call, "UntagResource", request.resource_arn);
    return governed<UntagResourceResponse>(
        engine, call, {.operation = "UntagResource", .collection = *id, .tags = request.tag_keys},
        [&](Record& record) -> Result<UntagResourceResponse> {
            const auto collection = find_tagged(engine, call.caller, request.resource_arn, *id);
            if (!collection) return std::unexpected(collection.error());
            return change_store(engine, call, record,
                                [&](store::Transaction& change) -> Result<UntagResourceResponse> {
                                    const auto gone = change.tags().remove(collection->key, request.tag_keys);
                                    if (!gone) return std::unexpected(gone.error());
                                    return UntagResourceResponse{};
                                });
        });
}

}  // namespace visavis::engine
