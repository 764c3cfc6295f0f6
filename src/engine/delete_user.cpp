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
            const auto removed = change_store(
                engine, call, record, [&](store::Transaction& change) -> Result<DeleteUserResponse> {
                    const auto before = answered_before(call.caller, repeatable, change);
                    if (!before) return std::unexpected(before.error());
                    if (*before) return DeleteUserResponse{};
                    const auto user = change.users().find(collection->key, request.user_id);
                    if (!user) return std::unexpected(user.error());
                    if (auto gone = change.users().remove(collection->key, request.user_id); !gone)
                        return std::unexpected(gone.error());
                    record.subjects.push_back(request.user_id);
                    GalleryChange templates;
                    if ((*user)->template_row) templates.users.removed.push_back(*(*user)->template_row);
                    if (auto noted = follow(*gallery, *collection, std::move(templates), change); !noted)
                        return std::unexpected(noted.error());
                    const auto kept = remember_answer(engine, call.caller, repeatable, {}, change);
                    if (!kept) return std::unexpected(kept.error());
                    return DeleteUserResponse{};
                });
            if (!removed) return removed;
            if (auto done = settle(engine, *collection, *gallery); !done)
                return std::unexpected(done.error());
            return removed;
        });
}

}  // namespace visavis::engine
