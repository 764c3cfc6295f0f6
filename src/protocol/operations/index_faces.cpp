#include "engine/index_faces.h"

#include "protocol/arguments.h"
#include "protocol/operations/operations.h"
#include "protocol/shapes.h"

namespace visavis::protocol::operations {

Result<boost::json::object> index_faces(engine::Engine& engine, engine::Call& call,
                                        const boost::json::object& request) {
    auto picture = image(request, "Image");
    if (!picture) return std::unexpected(picture.error());
    const auto response =
        engine::index_faces(engine, call,
                            {.collection_id = text(request, "CollectionId"),
                             .image = std::move(*picture),
                             .external_image_id = optional_text(request, "ExternalImageId"),
                             .attributes = texts(request, "DetectionAttributes"),
                             .max_faces = optional_integer(request, "MaxFaces"),
                             .quality_filter = quality_filter(request, engine::QualityFilter::kAuto)});
    if (!response) return std::unexpected(response.error());

    return boost::json::object{
        {"FaceRecords", list_of(response->records,
                                [](const engine::FaceRecord& record) {
                                    return boost::json::object{{"Face", stored_face(record.face)},
                                                               {"FaceDetail", face_detail(record.detail)}};
                                })},
        {"UnindexedFaces", list_of(response->unindexed,
                                   [](const engine::UnindexedFace& face) {
                                       return boost::json::object{
                                           {"Reasons", boost::json::value_from(face.reasons)},
                                           {"FaceDetail", face_detail(face.detail)}};
                                   })},
        {"FaceModelVersion", response->model_version}};
}

}  // namespace visavis::protocol::operations
