#include "engine/detect_faces.h"

#include "engine/engine.h"
#include "engine/face_detail.h"
#include "engine/picture_source.h"

namespace visavis::engine {

Result<DetectFacesResponse> detect_faces(Engine& engine, Call& call, const DetectFacesRequest& request) {
    const auto detect = [&](Record& record) -> Result<DetectFacesResponse> {
        const auto loaded = load_picture(engine, request.image, record);
        if (!loaded) return std::unexpected(loaded.error());
        const image::Picture& picture = loaded->picture;
        const auto faces = engine.pipeline().detect(picture);
        if (!faces) return std::unexpected(faces.error());
        auto attributes = engine.pipeline().describe(picture, *faces, wanted_attributes(request.attributes));
        if (!attributes) return std::unexpected(attributes.error());

        DetectFacesResponse response;
        response.face_details.reserve(faces->size());
        for (std::size_t i = 0; i < faces->size(); ++i)
            response.face_details.push_back(describe((*faces)[i], std::move((*attributes)[i])));
        return response;
    };
    return governed<DetectFacesResponse>(
        engine, call, {.operation = "DetectFaces", .attributes = request.attributes}, detect);
}

}  // namespace visavis::engine
