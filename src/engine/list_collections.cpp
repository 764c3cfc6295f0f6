#include "engine/list_collections.h"

#include "base/limits.h"
#include "engine/collection_access.h"
#include "engine/page_token.h"

namespace visavis::engine {
Result<ListCollectionsResponse> list_collections(Engine& engine, Call& call,
                                                 const ListCollectionsRequest& request) {
    return governed<ListCollectionsResponse>(
        engine, call, {.operation = "ListCollections"}, [&](Record&) -> Result<ListCollectionsResponse> {
            const auto store = store_of(engine);
            if (!store) return std::unexpected(store.error());
            const PageQuery query{.operation = "ListCollections", .collection_uid = {}, .filter = {}};
            const auto after = page_position(engine, call.caller, query, request.next_token);
            if (!after) return std::unexpected(after.error());
            const std::size_t most =
                page_size(request.max_results, limits::kDefaultPage, limits::kSearchResults);
            const auto found = (*store)->read([&](const store::Transaction& now) {
                return now.collections().list(call.caller.account, store::CollectionKey(*after), most + 1);
            });
            if (!found) return std::unexpected(found.error());

            ListCollectionsResponse response;
            for (std::size_t i = 0; i < std::min(most, found->size()); ++i) {
                response.collection_ids.push_back((*found)[i].id);
                response.model_versions.push_back((*found)[i].model_version);
            }
            if (found->size() > most)
                response.next_token = page_token(engine, call.caller, query,
                                                 static_cast<std::uint64_t>((*found)[most - 1].key));
            return response;
        });
}

}  // namespace visavis::engine
