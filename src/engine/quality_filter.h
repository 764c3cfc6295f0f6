// Rekognition's QualityFilter: which faces are too poor to compare or to index, and why.
//
// Amazon publishes no numbers for LOW, MEDIUM, HIGH and AUTO. These are ours, chosen on what the detector and
// the embedder need, and the same for everyone: a face fails when any one value is beyond its bound. AUTO is
// LOW.
//
//   level    Confidence ≥  shorter side ≥  Brightness ≥  Sharpness ≥  |Yaw| ≤  |Pitch| ≤
//   LOW          70            20 px             5            8          75°       60°
//   MEDIUM       85            40 px             8           12          50°       40°
//   HIGH         95            80 px            10           20          30°       30°
//
// docs/decisions/0011 has what the bounds of Brightness and Sharpness were chosen on.
#pragma once

#include <string_view>
#include <vector>

#include "engine/types.h"
#include "face/types.h"

namespace visavis::engine {

/// Rekognition's `Reason`, as far as the filter gives them. Names: reason_name().
enum class Reason { kLowConfidence, kSmallBoundingBox, kLowBrightness, kLowSharpness, kExtremePose };

[[nodiscard]] std::string_view reason_name(Reason reason) noexcept;

/// Size of the displayed image in pixels.
struct DisplayedSize {
    int width{};
    int height{};
};

/// Every bound that `face` misses, in the order of Reason; empty if it passes. kNone passes every face.
[[nodiscard]] std::vector<Reason> quality_reasons(const face::Face& face, DisplayedSize size,
                                                  QualityFilter filter);

}  // namespace visavis::engine
