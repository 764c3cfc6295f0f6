#include "engine/search_faces.h"

#include "base/limits.h"
#include "engine/collection_access.h"
#include "engine/stored_probe.h"

namespace visavis::engine {
namespace {

Result<SearchFacesResponse> search(Engine& engine, Call& call, const SearchFacesRequest& request,
                                   Record& record) {
    const auto collection = find_collection(engine, call.caller, request.collection_id);
    if (!collection) return std::unexpected(collection.error());
    const auto gallery = gallery_of(engine, *collection);
    if (!gallery) return std::unexpected(gallery.error());
    const auto probe = face_probe(engine, **gallery, *collection, request.face_id);
    if (!probe) return std::unexpected(probe.error());
    auto faces = find_faces(engine, **gallery, *collection,
                            {.vector = probe->stored.vector,
                             .normalisation = probe->stored.normalisation,
                             .threshold = request.threshold,
                             .collection = collection->key,
                             .most = static_cast<std::size_t>(request.max_faces.value_or(
                                 static_cast<std::int64_t>(limits::kSearchResults))),
                             .except = probe->itself},
                            call.notes, record);
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
