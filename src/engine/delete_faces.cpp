#include "engine/delete_faces.h"

#include <set>

#include "engine/collection_access.h"

namespace visavis::engine {
Result<DeleteFacesResponse> delete_faces(Engine& engine, Call& call, const DeleteFacesRequest& request) {
    return governed<DeleteFacesResponse>(
        engine, call, {.operation = "DeleteFaces", .collection = request.collection_id},
        [&](Record& record) -> Result<DeleteFacesResponse> {
            const auto collection = find_collection(engine, call.caller, request.collection_id);
            if (!collection) return std::unexpected(collection.error());
            const auto gallery = gallery_for_removal(engine, *collection);
            if (!gallery) return std::unexpected(gallery.error());
            auto answer = change_store(
                engine, call, record, [&](store::Transaction& change) -> Result<DeleteFacesResponse> {
                    const auto faces = change.faces().find(collection->key, request.face_ids);
                    if (!faces) return std::unexpected(faces.error());
                    DeleteFacesResponse response;
                    GalleryChange templates;
                    std::set<std::string_view> seen;
                    for (std::size_t i = 0; i < faces->size(); ++i) {
                        const std::string& id = request.face_ids[i];
                        const auto& face = (*faces)[i];
                        if (!seen.insert(id).second) continue;
                        if (!face) {
                            response.unsuccessful.push_back(
                                {.face_id = id, .user_id = {}, .reason = "FACE_NOT_FOUND"});
                        } else if (face->user_id) {
                            response.unsuccessful.push_back({.face_id = id,
                                                             .user_id = face->user_id,
                                                             .reason = "ASSOCIATED_TO_AN_EXISTING_USER"});
                        } else {
                            response.deleted.push_back(id);
                            templates.faces.removed.push_back(face->row);
                        }
                    }
                    record.subjects = response.deleted;
                    if (response.deleted.empty()) return response;
                    if (auto gone = change.faces().remove(collection->key, templates.faces.removed); !gone)
                        return std::unexpected(gone.error());
                    if (auto noted = follow(*gallery, *collection, std::move(templates), change); !noted)
                        return std::unexpected(noted.error());
                    return response;
                });
            if (!answer) return answer;
            if (auto done = settle(engine, *collection, *gallery); !done)
                return std::unexpected(done.error());
            return answer;
        });
}

}  // namespace visavis::engine
