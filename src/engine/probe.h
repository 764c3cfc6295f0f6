// The face that a search by image looks for: the largest one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/engine.h"
#include "engine/types.h"

namespace visavis::engine {

/// A face of the image that was not searched for, and why: Rekognition's `UnsearchedFaceReason` names.
struct UnsearchedFace {
    FaceDetail face;
    std::vector<std::string> reasons;
};

struct Probe {
    std::optional<face::Face> face;  ///< the largest that passes the filter; nothing if there is none
    face::Template vector;           ///< its template; empty without a face
    std::vector<UnsearchedFace> others;
};

/// Errors: those of load_picture() and of the pipeline.
[[nodiscard]] Result<Probe> find_probe(const Engine& engine, const Image& image, QualityFilter filter,
                                       Record& record);

}  // namespace visavis::engine
