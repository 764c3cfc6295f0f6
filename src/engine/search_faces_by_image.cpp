#include "engine/search_faces_by_image.h"

#include "base/limits.h"
#include "engine/collection_access.h"
#include "engine/probe.h"

namespace visavis::engine {
namespace {

Result<SearchFacesByImageResponse> search(Engine& engine, Call& call,
                                          const SearchFacesByImageRequest& request, Record& record) {
    const auto collection = find_collection(engine, call.caller, request.collection_id);
    if (!collection) return std::unexpected(collection.error());
    const auto probe = find_probe(engine, request.image, request.quality_filter, record);
    if (!probe) return std::unexpected(probe.error());
    // Clients look for these very words.
    if (!probe->face)
        return fail(ErrorCode::kInvalidParameter, "There are no faces in the image. Should be at least 1.");
    // After recognition, which takes longest: what was indexed meanwhile is found.
    const auto gallery = gallery_of(engine, *collection);
    if (!gallery) return std::unexpected(gallery.error());
    auto faces = find_faces(engine, **gallery, *collection,
                            {.vector = probe->vector,
                             .normalisation = engine.normalisation(probe->vector),
                             .threshold = request.threshold,
                             .collection = collection->key,
                             .most = static_cast<std::size_t>(request.max_faces.value_or(
                                 static_cast<std::int64_t>(limits::kSearchResults)))},
                            call.notes, record);
    if (!faces) return std::unexpected(faces.error());
    return SearchFacesByImageResponse{.searched_box = probe->face->box,
                                      .searched_confidence = probe->face->confidence,
                                      .matches = std::move(*faces),
                                      .model_version = collection->model_version};
}

}  // namespace

Result<SearchFacesByImageResponse> search_faces_by_image(Engine& engine, Call& call,
                                                         const SearchFacesByImageRequest& request) {
    return governed<SearchFacesByImageResponse>(
        engine, call,
        {.operation = "SearchFacesByImage",
         .collection = request.collection_id,
         .threshold = request.threshold},
        [&](Record& record) { return search(engine, call, request, record); });
}

}  // namespace visavis::engine
