#include "engine/search_faces.h"

#include "base/limits.h"
#include "engine/collection_access.h"

namespace visavis::engine {
namespace {

Result<SearchFacesResponse> search(Engine& engine, Call& call, const SearchFacesRequest& request,
                                   Record& record) {
    const auto collection = find_collection(engine, call.caller, request.collection_id);
    if (!collection) return std::unexpected(collection.error());
    const auto gallery = gallery_of(engine, *collection);
    if (!gallery) return std::unexpected(gallery.error());
    const auto found = engine.store()->read([&](const store::Transaction& now) {
        return now.faces().find(collection->key, std::vector{request.face_id});
    });
    if (!found) return std::unexpected(found.error());
    const auto& face = found->front();
    const auto row = face ? (*gallery)->faces().find(face->row) : std::nullopt;
    if (!row) return fail(ErrorCode::kNotFound, "faceId was not found in the collection.");

    const std::vector<std::uint64_t> itself{face->row};
    const auto matches = search_index(engine, (*gallery)->faces(),
                                      {.vector = row->vector,
                                       .normalisation = row->normalisation,
                                       .threshold = request.threshold,
                                       .collection = collection->key,
                                       .most = static_cast<std::size_t>(request.max_faces.value_or(
                                           static_cast<std::int64_t>(limits::kSearchResults))),
                                       .except = itself},
                                      call.notes, record);
    if (!matches) return std::unexpected(matches.error());
    auto faces = face_matches(engine, *collection, *matches, call.notes, record);
    if (!faces) return std::unexpected(faces.error());
    return SearchFacesResponse{.searched_face_id = request.face_id,
                               .matches = std::move(*faces),
                               .model_version = collection->model_version};
}

}  // namespace

Result<SearchFacesResponse> search_faces(Engine& engine, Call& call, const SearchFacesRequest& request) {
    return governed<SearchFacesResponse>(
        engine, call,
        {.operation = "SearchFaces", .collection = request.collection_id, .threshold = request.threshold},
        [&](Record& record) { return search(engine, call, request, record); });
}

}  // namespace visavis::engine
