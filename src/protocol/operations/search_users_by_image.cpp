#include "engine/search_users_by_image.h"

#include "protocol/arguments.h"
#include "protocol/collection_shapes.h"
#include "protocol/operations/operations.h"
#include "protocol/shapes.h"

namespace visavis::protocol::operations {

Result<boost::json::object> search_users_by_image(engine::Engine& engine, engine::Call& call,
                                                  const boost::json::object& request) {
    auto picture = image(request, "Image");
    if (!picture) return std::unexpected(picture.error());
    const auto response = engine::search_users_by_image(
        engine, call,
        {.collection_id = text(request, "CollectionId"),
         .image = std::move(*picture),
         .max_users = optional_integer(request, "MaxUsers"),
         .threshold = number_or(request, "UserMatchThreshold", 80),
         .quality_filter = quality_filter(request, engine::QualityFilter::kNone)});
    if (!response) return std::unexpected(response.error());

    // The member is `FaceDetails`, plural, in UnsearchedFaces alone.
    boost::json::object answer{
        {"UserMatches", list_of(response->matches, user_match)},
        {"FaceModelVersion", response->model_version},
        {"UnsearchedFaces", list_of(response->unsearched, [](const engine::UnsearchedFace& face) {
             return boost::json::object{{"FaceDetails", face_detail(face.face)},
                                        {"Reasons", boost::json::value_from(face.reasons)}};
         })}};
    if (response->searched_face)
        answer["SearchedFace"] = boost::json::object{{"FaceDetail", face_detail(*response->searched_face)}};
    return answer;
}

}  // namespace visavis::protocol::operations
