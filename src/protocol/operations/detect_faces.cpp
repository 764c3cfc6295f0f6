#include "engine/detect_faces.h"

#include "protocol/arguments.h"
#include "protocol/operations/operations.h"
#include "protocol/shapes.h"

namespace visavis::protocol::operations {

Result<boost::json::object> detect_faces(engine::Engine& engine, engine::Call& call,
                                         const boost::json::object& request) {
    auto picture = image(request, "Image");
    if (!picture) return std::unexpected(picture.error());
    const auto response = engine::detect_faces(
        engine, call, {.image = std::move(*picture), .attributes = texts(request, "Attributes")});
    if (!response) return std::unexpected(response.error());
    return boost::json::object{{"FaceDetails", list_of(response->face_details, face_detail)}};
}

}  // namespace visavis::protocol::operations
