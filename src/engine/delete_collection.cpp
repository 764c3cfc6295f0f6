#include "engine/delete_collection.h"

#include "engine/collection_access.h"

namespace visavis::engine {
Result<DeleteCollectionResponse> delete_collection(Engine& engine, Call& call,
                                                   const DeleteCollectionRequest& request) {
    return governed<DeleteCollectionResponse>(
        engine, call, {.operation = "DeleteCollection", .collection = request.collection_id},
        [&](Record& record) -> Result<DeleteCollectionResponse> {
            const auto collection = find_collection(engine, call.caller, request.collection_id);
            if (!collection) return std::unexpected(collection.error());
            record.gallery_size = collection->faces;
            const auto removed = change_store(engine, call, record, [&](store::Transaction& change) {
                return change.collections().remove(collection->key);
            });
            if (!removed) return std::unexpected(removed.error());
            engine.galleries()->forget(*collection);
            return DeleteCollectionResponse{};
        });
}

}  // namespace visavis::engine
