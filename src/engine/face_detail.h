// Rekognition's FaceDetail of a face.
#pragma once

#include "engine/types.h"
#include "face/types.h"

namespace visavis::engine {

/// The members that are always returned (Rekognition's DEFAULT set); five landmarks.
[[nodiscard]] FaceDetail describe(const face::Face& face);

/// With what else was asked for; thirty landmarks and the mesh's pose where they are in `attributes`.
[[nodiscard]] FaceDetail describe(const face::Face& face, face::Attributes attributes);

/// What Rekognition's `Attribute` values ask for: `DEFAULT` adds nothing, `ALL` everything, a single name
/// itself.
[[nodiscard]] face::AttributeSet wanted_attributes(const std::vector<std::string>& names);

}  // namespace visavis::engine
