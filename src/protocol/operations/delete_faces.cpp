#include "engine/delete_faces.h"

#include "protocol/arguments.h"
#include "protocol/operations/operations.h"
#include "protocol/shapes.h"

namespace visavis::protocol::operations {

Result<boost::json::object> delete_faces(engine::Engine& engine, engine::Call& call,
                                         const boost::json::object& request) {
    const auto response = engine::delete_faces(
        engine, call,
        {.collection_id = text(request, "CollectionId"), .face_ids = texts(request, "FaceIds")});
    if (!response) return std::unexpected(response.error());

    return boost::json::object{
        {"DeletedFaces", boost::json::value_from(response->deleted)},
        {"UnsuccessfulFaceDeletions",
         list_of(response->unsuccessful, [](const engine::UnsuccessfulFaceDeletion& face) {
             boost::json::object one{{"FaceId", face.face_id}, {"Reasons", boost::json::array{face.reason}}};
             if (face.user_id) one["UserId"] = *face.user_id;
             return one;
         })}};
}

}  // namespace visavis::protocol::operations
