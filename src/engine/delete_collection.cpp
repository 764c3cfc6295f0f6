#include "engine/delete_collection.h"

#include "engine/collection_access.h"
#include "engine/unowned_collections.h"

namespace visavis::engine {
Result<DeleteCollectionResponse> delete_collection(Engine& engine, Call& call,
                                                   const DeleteCollectionRequest& request) {
    return governed<DeleteCollectionResponse>(
        engine, call, {.operation = "DeleteCollection", .collection = request.collection_id},
        [&](Record& record) -> Result<DeleteCollectionResponse> {
            const auto collection = find_collection(engine, call.caller, request.collection_id);
            if (!collection) return std::unexpected(collection.error());
            record.gallery_size = collection->faces;
            const auto taken = change_store(engine, call, record, [&](store::Transaction& change) {
                // Somebody else may just have deleted it.
                if (auto there = still_there(change, *collection); !there) return there;
                return change.collections().hand_to(collection->key, kNoAccount, collection->uid);
            });
            if (!taken) return std::unexpected(taken.error());
            engine.galleries()->forget(*collection);
            // It is nobody's now; what is left is removed by the sweeper.
            const bool patient = call.caller.access_key_id.empty();
            const auto end = std::chrono::steady_clock::now() + kDeletionPatience;
            (void)discard(*engine.store(), collection->key,
                          [&] { return patient || std::chrono::steady_clock::now() < end; });
            return DeleteCollectionResponse{};
        });
}

}  // namespace visavis::engine
