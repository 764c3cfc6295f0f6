#include "engine/stored_face.h"

namespace visavis::engine {

StoredFace stored_face(const store::Face& face, const std::string& model_version) {
    return {.face_id = face.face_id,
            .image_id = face.image_id,
            .external_image_id = face.external_image_id,
            .box = {.left = face.box.left,
                    .top = face.box.top,
                    .width = face.box.width,
                    .height = face.box.height},
            .confidence = face.confidence,
            .model_version = model_version,
            .user_id = face.user_id};
}

}  // namespace visavis::engine
