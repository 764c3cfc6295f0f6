// Rekognition's IndexFaces.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_IndexFaces.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/call.h"
#include "engine/stored_face.h"
#include "engine/types.h"

namespace visavis::engine {

class Engine;

struct IndexFacesRequest {
    std::string collection_id;
    Image image;
    std::optional<std::string> external_image_id;
    std::vector<std::string> attributes;    ///< DetectionAttributes
    std::optional<std::int64_t> max_faces;  ///< at most 100 in any case
    QualityFilter quality_filter{QualityFilter::kAuto};
};

struct FaceRecord {
    StoredFace face;
    FaceDetail detail;
};

struct UnindexedFace {
    std::vector<std::string> reasons;  ///< Rekognition's `Reason` names
    FaceDetail detail;
};

struct IndexFacesResponse {
    std::vector<FaceRecord> records;       ///< largest face first
    std::vector<UnindexedFace> unindexed;  ///< those the filter or the limit left out, largest first
    std::string model_version;
};

/// Indexes the faces of an image. Each is durable and can be found when this answers. The same image bytes
/// under the same external id give the faces of the first time, with their ids. Where `max_faces` leaves some
/// out, those go first that pass the fewest levels of the quality filter, then the smallest. Thread-safe.
/// Errors: kNotFound (collection), kQuotaExceeded (20 million faces), those of load_picture(), and
/// kInvalidParameter for a collection of another face model.
[[nodiscard]] Result<IndexFacesResponse> index_faces(Engine& engine, Call& call,
                                                     const IndexFacesRequest& request);

}  // namespace visavis::engine
