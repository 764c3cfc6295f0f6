#include "engine/detect_faces.h"

#include "engine/engine.h"
#include "engine/face_detail.h"
#include "engine/picture_source.h"

namespace visavis::engine {

Result<DetectFacesResponse> detect_faces(Engine& engine, Call& call, const DetectFacesRequest& request) {
    return governed<DetectFacesResponse>(engine, call,
                                         {.operation = "DetectFaces", .attributes = request.attributes},
                                         [&](Record& record) -> Result<DetectFacesResponse> {
                                             const auto picture = load_picture(request.image, record);
                                             if (!picture) return std::unexpected(picture.error());
                                             const auto faces = engine.pipeline().detect(*picture);
                                             if (!faces) return std::unexpected(faces.error());

                                             DetectFacesResponse response;
                                             response.face_details.reserve(faces->size());
                                             for (const face::Face& face : *faces)
                                                 response.face_details.push_back(describe(face));
                                             return response;
                                         });
}

}  // namespace visavis::engine
