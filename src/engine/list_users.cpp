#include "engine/list_users.h"

#include "base/limits.h"
#include "engine/collection_access.h"
#include "engine/page_token.h"
#include "engine/user_template.h"

namespace visavis::engine {
Result<ListUsersResponse> list_users(Engine& engine, Call& call, const ListUsersRequest& request) {
    return governed<ListUsersResponse>(
        engine, call, {.operation = "ListUsers", .collection = request.collection_id},
        [&](Record&) -> Result<ListUsersResponse> {
            const auto collection = find_collection(engine, call.caller, request.collection_id);
            if (!collection) return std::unexpected(collection.error());
            const PageQuery query{.operation = "ListUsers", .collection_uid = collection->uid, .filter = {}};
            const auto after = page_position(engine, call.caller, query, request.next_token);
            if (!after) return std::unexpected(after.error());
            const std::size_t most =
                page_size(request.max_results, limits::kUserResults, limits::kUserResults);
            const auto found = engine.store()->read([&](const store::Transaction& now) {
                return now.users().list(collection->key, *after, most + 1);
            });
            if (!found) return std::unexpected(found.error());

            ListUsersResponse response;
            for (std::size_t i = 0; i < std::min(most, found->size()); ++i)
                response.users.push_back(
                    {.user_id = (*found)[i].user_id, .status = user_status((*found)[i])});
            if (found->size() > most)
                response.next_token = page_token(engine, call.caller, query, (*found)[most - 1].row);
            return response;
        });
}

}  // namespace visavis::engine
