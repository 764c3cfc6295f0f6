#include "engine/disassociate_faces.h"

#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/collection_access.h"
#include "engine/idempotency.h"
#include "engine/user_template.h"

namespace visavis::engine {
namespace {

Result<AssociationAnswer> disassociate(Engine& engine, const store::Collection& collection,
                                       const DisassociateFacesRequest& request, store::Transaction& change,
                                       GalleryChange& templates) {
    const auto user = change.users().find(collection.key, request.user_id);
    if (!user) return std::unexpected(user.error());
    if (!*user)
        return fail(ErrorCode::kNotFound, fmt::format("The user id: {} does not exist", request.user_id));
    const auto faces = change.faces().find(collection.key, request.face_ids);
    if (!faces) return std::unexpected(faces.error());

    AssociationAnswer answer;
    std::vector<std::uint64_t> rows;
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < faces->size(); ++i) {
        const std::string& id = request.face_ids[i];
        const auto& face = (*faces)[i];
        if (!seen.insert(id).second) continue;
        if (!face) {
            answer.unsuccessful.push_back(
                {.face_id = id, .user_id = {}, .confidence = {}, .reason = "FACE_NOT_FOUND"});
        } else if (face->user_id == request.user_id) {
            rows.push_back(face->row);
            answer.changed.push_back(id);
        } else if (face->user_id) {
            answer.unsuccessful.push_back({.face_id = id,
                                           .user_id = face->user_id,
                                           .confidence = {},
                                           .reason = "ASSOCIATED_TO_A_DIFFERENT_USER"});
        }
    }
    answer.user_status = user_status(**user);
    if (rows.empty()) return answer;
    if (const auto set = change.faces().set_user(collection.key, rows, std::nullopt); !set)
        return std::unexpected(set.error());
    const auto now = refresh_user_template(engine, collection, **user, change, templates);
    if (!now) return std::unexpected(now.error());
    answer.user_status = user_status(*now);
    return answer;
}

}  // namespace

Result<AssociationAnswer> disassociate_faces(Engine& engine, Call& call,
                                             const DisassociateFacesRequest& request) {
    return governed<AssociationAnswer>(
        engine, call, {.operation = "DisassociateFaces", .collection = request.collection_id},
        [&](Record& record) -> Result<AssociationAnswer> {
            const auto collection = find_collection(engine, call.caller, request.collection_id);
            if (!collection) return std::unexpected(collection.error());
            const auto gallery = gallery_of(engine, *collection);
            if (!gallery) return std::unexpected(gallery.error());
            const Repeatable repeatable{
                .operation = "DisassociateFaces",
                .token = request.token,
                .parameters = fmt::format("{} {} {}", collection->uid, request.user_id,
                                          fmt::join(request.face_ids, ","))};
            auto answer = change_store(
                engine, call, record, [&](store::Transaction& change) -> Result<AssociationAnswer> {
                    const auto before = answered_before(call.caller, repeatable, change);
                    if (!before) return std::unexpected(before.error());
                    if (*before) return read_association(**before);
                    GalleryChange templates;
                    auto done = disassociate(engine, *collection, request, change, templates);
                    if (!done) return done;
                    record.subjects = done->changed;
                    record.subjects.push_back(request.user_id);
                    if (auto noted = follow(*gallery, *collection, std::move(templates), change); !noted)
                        return std::unexpected(noted.error());
                    const auto kept =
                        remember_answer(engine, call.caller, repeatable, write_association(*done), change);
                    if (!kept) return std::unexpected(kept.error());
                    return done;
                });
            if (!answer) return answer;
            if (auto done = (*gallery)->catch_up(); !done) return std::unexpected(done.error());
            return answer;
        });
}

}  // namespace visavis::engine
