// Rekognition's SearchUsersByImage.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_SearchUsersByImage.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/call.h"
#include "engine/face_matches.h"
#include "engine/probe.h"
#include "engine/types.h"

namespace visavis::engine {

class Engine;

struct SearchUsersByImageRequest {
    std::string collection_id;
    Image image;
    std::optional<std::int64_t> max_users;  ///< absent: 500
    float threshold{80};                    ///< Similarity, 0…100
    QualityFilter quality_filter{QualityFilter::kNone};
};

struct SearchUsersByImageResponse {
    std::optional<FaceDetail> searched_face;  ///< nothing if the image has no face, which is no error here
    std::vector<UserMatch> matches;           ///< best first
    std::vector<UnsearchedFace> unsearched;   ///< the image's other faces
    std::string model_version;
};

/// Searches users for the largest face of the image. Thread-safe. kNotFound (collection), kInvalidParameter
/// for a collection of another face model; those of load_picture().
[[nodiscard]] Result<SearchUsersByImageResponse> search_users_by_image(
    Engine& engine, Call& call, const SearchUsersByImageRequest& request);

}  // namespace visavis::engine
