// Rekognition's DetectFaces.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DetectFaces.html
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "engine/types.h"

namespace visavis::engine {

class Engine;

struct DetectFacesRequest {
    Image image;
    std::vector<std::string> attributes;  ///< Rekognition's `Attribute` values; empty means DEFAULT
};

struct DetectFacesResponse {
    std::vector<FaceDetail> face_details;  ///< the 100 largest faces, largest first; empty if there is none
};

/// Thread-safe. Errors: kInvalidImageFormat, kImageTooLarge, kInvalidParameter (a side under 80 pixels),
/// kInvalidS3Object, kThrottled.
[[nodiscard]] Result<DetectFacesResponse> detect_faces(Engine& engine, Call& call,
                                                       const DetectFacesRequest& request);

}  // namespace visavis::engine
