#include "engine/search_users_by_image.h"

#include "base/limits.h"
#include "engine/collection_access.h"
#include "engine/face_detail.h"

namespace visavis::engine {
namespace {

Result<SearchUsersByImageResponse> search(Engine& engine, Call& call,
                                          const SearchUsersByImageRequest& request, Record& record) {
    const auto collection = find_collection(engine, call.caller, request.collection_id);
    if (!collection) return std::unexpected(collection.error());
    auto probe = find_probe(engine, request.image, request.quality_filter, record);
    if (!probe) return std::unexpected(probe.error());
    const auto gallery = gallery_of(engine, *collection);
    if (!gallery) return std::unexpected(gallery.error());
    SearchUsersByImageResponse response{.searched_face = {},
                                        .matches = {},
                                        .unsearched = std::move(probe->others),
                                        .model_version = collection->model_version};
    if (!probe->face) return response;
    response.searched_face = describe(*probe->face);
    auto users = find_users(engine, **gallery, *collection,
                            {.vector = probe->vector,
                             .normalisation = engine.normalisation(probe->vector),
                             .threshold = request.threshold,
                             .collection = collection->key,
                             .most = static_cast<std::size_t>(request.max_users.value_or(
                                 static_cast<std::int64_t>(limits::kUserResults)))},
                            std::nullopt, call.notes, record);
    if (!users) return std::unexpected(users.error());
    response.matches = std::move(*users);
    return response;
}

}  // namespace

Result<SearchUsersByImageResponse> search_users_by_image(Engine& engine, Call& call,
                                                         const SearchUsersByImageRequest& request) {
    return governed<SearchUsersByImageResponse>(
        engine, call,
        {.operation = "SearchUsersByImage",
         .collection = request.collection_id,
         .threshold = request.threshold},
        [&](Record& record) { return search(engine, call, request, record); });
}

}  // namespace visavis::engine
