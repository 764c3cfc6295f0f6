#include "engine/create_collection.h"

#include "base/limits.h"
#include "engine/arn.h"
#include "engine/collection_access.h"
#include "policy/collection_tags.h"

namespace visavis::engine {
Result<CreateCollectionResponse> create_collection(Engine& engine, Call& call,
                                                   const CreateCollectionRequest& request) {
    Use use{.operation = "CreateCollection", .collection = request.collection_id};
    for (const auto& [key, value] : request.tags) use.tags.push_back(key);
    return governed<CreateCollectionResponse>(
        engine, call, std::move(use), [&](Record& record) -> Result<CreateCollectionResponse> {
            if (request.tags.size() > limits::kTagsPerCollection)
                return fail(ErrorCode::kQuotaExceeded, "A collection can have at most 200 tags.");
            if (const auto fit = policy::check_policy_tags(request.tags); !fit)
                return std::unexpected(fit.error());
            const auto made =
                change_store(engine, call, record, [&](store::Transaction& change) -> Result<void> {
                    const auto collection =
                        change.collections().create({.account = call.caller.account,
                                                     .id = request.collection_id,
                                                     .model_version = engine.model_version(),
                                                     .dimension = engine.pipeline().dimension(),
                                                     .created = engine.clock().now(),
                                                     .owner = call.caller.principal,
                                                     .normaliser = engine.normaliser_name()});
                    if (!collection) return std::unexpected(collection.error());
                    return change.tags().set(collection->key, request.tags);
                });
            if (!made) return std::unexpected(made.error());
            return CreateCollectionResponse{
                .collection_arn = collection_arn(call.caller, request.collection_id),
                .model_version = engine.model_version()};
        });
}

}  // namespace visavis::engine
