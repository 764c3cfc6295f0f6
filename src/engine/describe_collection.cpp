#include "engine/describe_collection.h"

#include <fmt/format.h>

#include "engine/arn.h"
#include "engine/collection_access.h"

namespace visavis::engine {
Result<DescribeCollectionResponse> describe_collection(Engine& engine, Call& call,
                                                       const DescribeCollectionRequest& request) {
    return governed<DescribeCollectionResponse>(
        engine, call, {.operation = "DescribeCollection", .collection = request.collection_id},
        [&](Record&) -> Result<DescribeCollectionResponse> {
            auto collection = find_collection(engine, call.caller, request.collection_id);
            // Amazon says it in other words here than elsewhere.
            if (!collection && collection.error().code == ErrorCode::kNotFound)
                return fail(ErrorCode::kNotFound,
                            fmt::format("Collection:{} not found!", request.collection_id));
            if (!collection) return std::unexpected(collection.error());
            return DescribeCollectionResponse{
                .face_count = collection->faces,
                .user_count = collection->users,
                .model_version = std::move(collection->model_version),
                .collection_arn = collection_arn(call.caller, request.collection_id),
                .created = collection->created};
        });
}

}  // namespace visavis::engine
