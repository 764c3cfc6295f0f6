#include "engine/search_faces.h"

#include "protocol/arguments.h"
#include "protocol/collection_shapes.h"
#include "protocol/operations/operations.h"
#include "protocol/shapes.h"

namespace visavis::protocol::operations {

Result<boost::json::object> search_faces(engine::Engine& engine, engine::Call& call,
                                         const boost::json::object& request) {
    const auto response = engine::search_faces(engine, call,
                                               {.collection_id = text(request, "CollectionId"),
                                                .face_id = text(request, "FaceId"),
                                                .max_faces = optional_integer(request, "MaxFaces"),
                                                .threshold = number_or(request, "FaceMatchThreshold", 80)});
    if (!response) return std::unexpected(response.error());

    return boost::json::object{{"SearchedFaceId", response->searched_face_id},
                               {"FaceMatches", list_of(response->matches, face_match)},
                               {"FaceModelVersion", response->model_version}};
}

}  // namespace visavis::protocol::operations
