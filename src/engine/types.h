// Shapes shared by the operations: Rekognition's own names (API reference, "Data Types") in this project's
// spelling. A request struct holds validated syntax only; each operation checks its meaning.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "engine/call.h"
#include "face/attributes.h"
#include "face/types.h"

namespace visavis::engine {

struct S3Object {
    std::string bucket;
    std::string name;
    std::optional<std::string> version;
};

/// Rekognition's `Image`: exactly one of the two.
using Image = std::variant<Bytes, S3Object>;

enum class QualityFilter { kNone, kAuto, kLow, kMedium, kHigh };

/// Rekognition's FaceDetail. Members that were not asked for or that no model measures are absent.
struct FaceDetail {
    face::Box box;
    float confidence{};
    std::vector<face::NamedPoint> landmarks;  ///< five, or thirty where they were asked for
    face::Pose pose;
    face::Quality quality;
    face::Attributes attributes;  ///< its landmarks and pose are moved to the members above
};

}  // namespace visavis::engine
