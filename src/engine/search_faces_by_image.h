// Rekognition's SearchFacesByImage.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_SearchFacesByImage.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/call.h"
#include "engine/face_matches.h"
#include "engine/types.h"

namespace visavis::engine {

class Engine;

struct SearchFacesByImageRequest {
    std::string collection_id;
    Image image;
    std::optional<std::int64_t> max_faces;  ///< absent: 4096
    float threshold{80};                    ///< Similarity, 0…100
    QualityFilter quality_filter{QualityFilter::kNone};
};

struct SearchFacesByImageResponse {
    face::Box searched_box;
    float searched_confidence{};
    std::vector<FaceMatch> matches;  ///< best first
    std::string model_version;
};

/// Searches for the largest face of the image. Thread-safe. kNotFound (collection), kInvalidParameter in
/// Amazon's words if there is no face, or for a collection of another face model; those of load_picture().
[[nodiscard]] Result<SearchFacesByImageResponse> search_faces_by_image(
    Engine& engine, Call& call, const SearchFacesByImageRequest& request);

}  // namespace visavis::engine
