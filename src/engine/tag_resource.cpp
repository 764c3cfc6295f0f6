#include "engine/tag_resource.h"

#include "base/limits.h"
#include "engine/arn.h"
#include "engine/collection_access.h"
#include "policy/collection_tags.h"

namespace visavis::engine {
Result<TagResourceResponse> tag_resource(Engine& engine, Call& call, const TagResourceRequest& request) {
    const auto id = collection_of_arn(call.caller, request.resource_arn);
    if (!id) return no_such_resource<TagResourceResponse>(engine, call, "TagResource", request.resource_arn);
    Use use{.operation = "TagResource", .collection = *id};
    for (const auto& [key, value] : request.tags) use.tags.push_back(key);
    return governed<TagResourceResponse>(
        engine, call, std::move(use), [&](Record& record) -> Result<TagResourceResponse> {
            const auto collection = find_tagged(engine, call.caller, request.resource_arn, *id);
            if (!collection) return std::unexpected(collection.error());
            return change_store(
                engine, call, record, [&](store::Transaction& change) -> Result<TagResourceResponse> {
                    if (auto set = change.tags().set(collection->key, request.tags); !set)
                        return std::unexpected(set.error());
                    const auto now = change.tags().list(collection->key);
                    if (!now) return std::unexpected(now.error());
                    if (const auto fit = policy::check_policy_tags(*now); !fit)
                        return std::unexpected(fit.error());
                    if (now->size() > limits::kTagsPerCollection)
                        return fail(ErrorCode::kQuotaExceeded, "A collection can have at most 200 tags.");
                    return TagResourceResponse{};
                });
        });
}

}  // namespace visavis::engine
