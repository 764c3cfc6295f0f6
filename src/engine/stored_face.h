// Rekognition's Face: what a collection says of one of its faces.
#pragma once

#include <optional>
#include <string>

#include "engine/types.h"
#include "store/faces.h"

namespace visavis::engine {

struct StoredFace {
    std::string face_id;
    std::string image_id;
    std::optional<std::string> external_image_id;
    face::Box box;
    float confidence{};
    std::string model_version;
    std::optional<std::string> user_id;
};

[[nodiscard]] StoredFace stored_face(const store::Face& face, const std::string& model_version);

}  // namespace visavis::engine
