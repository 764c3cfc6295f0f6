#include "engine/delete_user.h"

#include <fmt/format.h>

#include "engine/collection_access.h"
#include "engine/idempotency.h"

namespace visavis::engine {
Result<DeleteUserResponse> delete_user(Engine& engine, Call& call, const DeleteUserRequest& request) {
    return governed<DeleteUserResponse>(
        engine, call, {.operation = "DeleteUser", .collection = request.collection_id},
        [&](Record& record) -> Result<DeleteUserResponse> {
            const auto collection = find_collection(engine, call.caller, request.collection_id);
            if (!collection) return std::unexpected(collection.error());
            const auto gallery = gallery_for_removal(engine, *collection);
            if (!gallery) return std::unexpected(gallery.error());
            const Repeatable repeatable{.operation = "DeleteUser",
                                        .token = request.token,
                                        .parameters = fmt::format("{} {}", collection->uid, request.user_id)};
            const auto removed = change_once(
                engine, call, record, repeatable, [&](store::Transaction& change) -> Result<Bytes> {
                    const auto user = change.users().find(collection->key, request.user_id);
                    if (!user) return std::unexpected(user.error());
                    if (auto gone = change.users().remove(collection->key, request.user_id); !gone)
                        return std::unexpected(gone.error());
                    record.subjects.push_back(request.user_id);
                    GalleryChange templates;
                    if ((*user)->template_row) templates.users.removed.push_back(*(*user)->template_row);
                    if (auto noted = follow(*gallery, *collection, std::move(templates), change); !noted)
                        return std::unexpected(noted.error());
                    return Bytes{};
                });
            if (!removed) return std::unexpected(removed.error());
            if (auto done = settle(engine, *collection, *gallery); !done)
                return std::unexpected(done.error());
            return DeleteUserResponse{};
        });
}

}  // namespace visavis::engine
