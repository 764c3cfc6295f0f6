// Rekognition's CompareFaces: the largest face of the source against the 100 largest of the target.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_CompareFaces.html
#pragma once

#include <vector>

#include "base/error.h"
#include "engine/types.h"

namespace visavis::engine {

class Engine;

struct CompareFacesRequest {
    Image source;
    Image target;
    float similarity_threshold{80};  ///< 0…100, see match/similarity_scale.h for what it means
    QualityFilter quality_filter{QualityFilter::kNone};
};

struct CompareFacesMatch {
    float similarity{};
    FaceDetail face;  ///< in the target
};

struct CompareFacesResponse {
    face::Box source_box;
    float source_confidence{};
    std::vector<CompareFacesMatch> matches;  ///< at or above the threshold; most similar first, by raw score
    std::vector<FaceDetail> unmatched;       ///< every other face of the target, largest first
};

/// Thread-safe. Errors: those of detect_faces, and kInvalidParameter when the source or the target has no
/// face (left after the quality filter).
[[nodiscard]] Result<CompareFacesResponse> compare_faces(Engine& engine, Call& call,
                                                         const CompareFacesRequest& request);

}  // namespace visavis::engine
