#include "engine/disassociate_faces.h"

#include <set>

#include "engine/user_template.h"

namespace visavis::engine {
namespace {

Result<AssociationAnswer> disassociate(Engine& engine, const store::Collection& collection,
                                       const DisassociateFacesRequest& request, store::Transaction& change,
                                       GalleryChange& templates) {
    const auto known = user_and_faces(collection, request.user_id, request.face_ids, change);
    if (!known) return std::unexpected(known.error());
    const auto& [user, faces] = *known;

    AssociationAnswer answer;
    std::vector<std::uint64_t> rows;
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < faces.size(); ++i) {
        const std::string& id = request.face_ids[i];
        const auto& face = faces[i];
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
    answer.user_status = user_status(user);
    if (rows.empty()) return answer;
    if (const auto set = change.faces().set_user(collection.key, rows, std::nullopt); !set)
        return std::unexpected(set.error());
    const auto now = refresh_user_template(engine, collection, user, change, templates);
    if (!now) return std::unexpected(now.error());
    answer.user_status = user_status(*now);
    return answer;
}

}  // namespace

Result<AssociationAnswer> disassociate_faces(Engine& engine, Call& call,
                                             const DisassociateFacesRequest& request) {
    return governed<AssociationAnswer>(
        engine, call, {.operation = "DisassociateFaces", .collection = request.collection_id},
        [&](Record& record) {
            return change_association(engine, call, record,
                                      {.operation = "DisassociateFaces",
                                       .collection_id = request.collection_id,
                                       .user_id = request.user_id,
                                       .face_ids = request.face_ids,
                                       .token = request.token,
                                       .run = [&](const store::Collection& collection,
                                                  store::Transaction& change, GalleryChange& templates) {
                                           return disassociate(engine, collection, request, change,
                                                               templates);
                                       }});
        });
}

}  // namespace visavis::engine
