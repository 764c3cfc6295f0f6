// Rekognition's FaceDetail of a face.
#pragma once

#include "engine/types.h"
#include "face/types.h"

namespace visavis::engine {

/// The members that are always returned (Rekognition's DEFAULT set); five landmarks.
[[nodiscard]] FaceDetail describe(const face::Face& face);

}  // namespace visavis::engine
