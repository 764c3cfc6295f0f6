#include "audit/difference.h"

#include <cmath>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace visavis::audit {
namespace {

/// Percentage points with as many digits as a small difference needs, and a sign that can be read aloud.
std::string points(double difference) {
    const double value = 100 * difference;
    const double size = std::abs(value);
    const int digits = size == 0 || size >= 0.1 ? 2 : static_cast<int>(std::ceil(-std::log10(size))) + 1;
    return fmt::format("{}{:.{}f}", value < 0 ? "−" : "+", size, digits);
}

}  // namespace

double Difference::value() const noexcept {
    return too_few() ? 0 : *b_.value() - *a_.value();
}

Interval Difference::interval() const noexcept {
    if (too_few()) return {.low = -1, .high = 1};
    const double a = *a_.value();
    const double b = *b_.value();
    return {.low = value() - std::hypot(b - b_.interval().low, a_.interval().high - a),
            .high = value() + std::hypot(b_.interval().high - b, a - a_.interval().low)};
}

int Difference::sign() const noexcept {
    const Interval bounds = interval();
    if (bounds.low > 0) return 1;
    return bounds.high < 0 ? -1 : 0;
}

std::string Difference::sentence() const {
    if (too_few()) return "too few to say";
    const Interval bounds = interval();
    return fmt::format("{} points (95 %: {} to {})", points(value()), points(bounds.low),
                       points(bounds.high));
}

boost::json::object Difference::json() const {
    boost::json::object object;
    object["a"] = a_.json();
    object["b"] = b_.json();
    if (too_few())
        object["difference"] = nullptr;
    else
        object["difference"] = value();
    object["low"] = interval().low;
    object["high"] = interval().high;
    return object;
}

}  // namespace visavis::audit
