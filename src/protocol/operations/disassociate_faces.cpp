#include "engine/disassociate_faces.h"

#include "protocol/arguments.h"
#include "protocol/collection_shapes.h"
#include "protocol/operations/operations.h"

namespace visavis::protocol::operations {

Result<boost::json::object> disassociate_faces(engine::Engine& engine, engine::Call& call,
                                               const boost::json::object& request) {
    const auto response = engine::disassociate_faces(engine, call,
                                                     {.collection_id = text(request, "CollectionId"),
                                                      .user_id = text(request, "UserId"),
                                                      .face_ids = texts(request, "FaceIds"),
                                                      .token = optional_text(request, "ClientRequestToken")});
    if (!response) return std::unexpected(response.error());

    return association(*response, "DisassociatedFaces", "UnsuccessfulFaceDisassociations");
}

}  // namespace visavis::protocol::operations
