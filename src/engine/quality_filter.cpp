#include "engine/quality_filter.h"

#include <algorithm>
#include <cmath>

namespace visavis::engine {
namespace {

struct Bounds {
    float confidence;   // 0…100
    float side_pixels;  // of the displayed image
    float brightness;   // 0…100
    float sharpness;    // 0…100
    float yaw_degrees;
    float pitch_degrees;
};

// Brightness is skin as much as light: bounds of 20 and 30 refused Black men twice as often as white women,
// and hardly anybody was recognised the better for it.
constexpr Bounds kLowBounds{70, 20, 5, 8, 75, 60};
constexpr Bounds kMediumBounds{85, 40, 8, 12, 50, 40};
constexpr Bounds kHighBounds{95, 80, 10, 20, 30, 30};

const Bounds& bounds_of(QualityFilter filter) noexcept {
    if (filter == QualityFilter::kMedium) return kMediumBounds;
    if (filter == QualityFilter::kHigh) return kHighBounds;
    return kLowBounds;
}

}  // namespace

std::string_view reason_name(Reason reason) noexcept {
    switch (reason) {
        case Reason::kLowConfidence:
            return "LOW_CONFIDENCE";
        case Reason::kSmallBoundingBox:
            return "SMALL_BOUNDING_BOX";
        case Reason::kLowBrightness:
            return "LOW_BRIGHTNESS";
        case Reason::kLowSharpness:
            return "LOW_SHARPNESS";
        case Reason::kExtremePose:
            return "EXTREME_POSE";
    }
    return "LOW_FACE_QUALITY";
}

std::vector<Reason> quality_reasons(const face::Face& face, DisplayedSize size, QualityFilter filter) {
    std::vector<Reason> reasons;
    if (filter == QualityFilter::kNone) return reasons;
    const Bounds& bounds = bounds_of(filter);
    const float side = std::min(face.box.width * static_cast<float>(size.width),
                                face.box.height * static_cast<float>(size.height));
    if (face.confidence < bounds.confidence) reasons.push_back(Reason::kLowConfidence);
    if (side < bounds.side_pixels) reasons.push_back(Reason::kSmallBoundingBox);
    if (face.quality.brightness < bounds.brightness) reasons.push_back(Reason::kLowBrightness);
    if (face.quality.sharpness < bounds.sharpness) reasons.push_back(Reason::kLowSharpness);
    if (std::abs(face.pose.yaw) > bounds.yaw_degrees || std::abs(face.pose.pitch) > bounds.pitch_degrees)
        reasons.push_back(Reason::kExtremePose);
    return reasons;
}

}  // namespace visavis::engine
