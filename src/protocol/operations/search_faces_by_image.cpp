#include "engine/search_faces_by_image.h"

#include "protocol/arguments.h"
#include "protocol/collection_shapes.h"
#include "protocol/operations/operations.h"
#include "protocol/shapes.h"

namespace visavis::protocol::operations {

Result<boost::json::object> search_faces_by_image(engine::Engine& engine, engine::Call& call,
                                                  const boost::json::object& request) {
    auto picture = image(request, "Image");
    if (!picture) return std::unexpected(picture.error());
    const auto response = engine::search_faces_by_image(
        engine, call,
        {.collection_id = text(request, "CollectionId"),
         .image = std::move(*picture),
         .max_faces = optional_integer(request, "MaxFaces"),
         .threshold = number_or(request, "FaceMatchThreshold", 80),
         .quality_filter = quality_filter(request, engine::QualityFilter::kNone)});
    if (!response) return std::unexpected(response.error());

    return boost::json::object{{"SearchedFaceBoundingBox", bounding_box(response->searched_box)},
                               {"SearchedFaceConfidence", response->searched_confidence},
                               {"FaceMatches", list_of(response->matches, face_match)},
                               {"FaceModelVersion", response->model_version}};
}

}  // namespace visavis::protocol::operations
