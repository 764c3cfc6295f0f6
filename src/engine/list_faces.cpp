#include "engine/list_faces.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/limits.h"
#include "engine/collection_access.h"
#include "engine/page_token.h"

namespace visavis::engine {
Result<ListFacesResponse> list_faces(Engine& engine, Call& call, const ListFacesRequest& request) {
    return governed<ListFacesResponse>(
        engine, call, {.operation = "ListFaces", .collection = request.collection_id},
        [&](Record&) -> Result<ListFacesResponse> {
            const auto collection = find_collection(engine, call.caller, request.collection_id);
            if (!collection) return std::unexpected(collection.error());
            const PageQuery query{.operation = "ListFaces",
                                  .collection_uid = collection->uid,
                                  .filter = fmt::format("{}\n{}", request.user_id.value_or("*"),
                                                        fmt::join(request.face_ids, ","))};
            const auto after = page_position(engine, call.caller, query, request.next_token);
            if (!after) return std::unexpected(after.error());
            const std::size_t most =
                page_size(request.max_results, limits::kDefaultPage, limits::kSearchResults);
            const auto found = engine.store()->read([&](const store::Transaction& now) {
                return now.faces().list(collection->key,
                                        {.user_id = request.user_id, .face_ids = request.face_ids}, *after,
                                        most + 1);
            });
            if (!found) return std::unexpected(found.error());

            ListFacesResponse response{
                .faces = {}, .model_version = collection->model_version, .next_token = {}};
            for (std::size_t i = 0; i < std::min(most, found->size()); ++i)
                response.faces.push_back(stored_face((*found)[i], collection->model_version));
            if (found->size() > most)
                response.next_token = page_token(engine, call.caller, query, (*found)[most - 1].row);
            return response;
        });
}

}  // namespace visavis::engine
