#include "engine/search_users.h"

#include "base/limits.h"
#include "engine/collection_access.h"
#include "engine/stored_probe.h"

namespace visavis::engine {
namespace {

Result<std::optional<StoredProbe>> searched(const Engine& engine, const Gallery& gallery,
                                            const store::Collection& collection,
                                            const SearchUsersRequest& request) {
    if (request.user_id) return user_probe(engine, gallery, collection, *request.user_id);
    auto face = face_probe(engine, gallery, collection, *request.face_id);
    if (!face) return std::unexpected(face.error());
    face->itself.clear();  // users are searched, and a face's row is none of theirs
    return std::move(*face);
}

Result<SearchUsersResponse> search(Engine& engine, Call& call, const SearchUsersRequest& request,
                                   Record& record) {
    if (request.user_id.has_value() == request.face_id.has_value())
        return fail(ErrorCode::kInvalidParameter,
                    "Request has invalid parameters: give exactly one of `UserId` and `FaceId`");
    const auto collection = find_collection(engine, call.caller, request.collection_id);
    if (!collection) return std::unexpected(collection.error());
    const auto gallery = gallery_of(engine, *collection);
    if (!gallery) return std::unexpected(gallery.error());
    const auto probe = searched(engine, **gallery, *collection, request);
    if (!probe) return std::unexpected(probe.error());

    SearchUsersResponse response{.matches = {},
                                 .model_version = collection->model_version,
                                 .searched_face_id = request.face_id,
                                 .searched_user_id = request.user_id};
    if (!*probe) return response;
    auto users = find_users(engine, **gallery, *collection,
                            {.vector = (*probe)->stored.vector,
                             .normalisation = (*probe)->stored.normalisation,
                             .threshold = request.threshold,
                             .collection = collection->key,
                             .most = static_cast<std::size_t>(
                                 request.max_users.value_or(static_cast<std::int64_t>(limits::kUserResults))),
                             .except = (*probe)->itself},
                            request.user_id, call.notes, record);
    if (!users) return std::unexpected(users.error());
    response.matches = std::move(*users);
    return response;
}

}  // namespace

Result<SearchUsersResponse> search_users(Engine& engine, Call& call, const SearchUsersRequest& request) {
    return governed<SearchUsersResponse>(
        engine, call,
        {.operation = "SearchUsers", .collection = request.collection_id, .threshold = request.threshold},
        [&](Record& record) { return search(engine, call, request, record); });
}

}  // namespace visavis::engine
