// The comparison score of two templates.
#pragma once

#include <span>

namespace visavis::match {

/// Cosine of two unit-norm templates of the same length, −1…1; summed in double, so the order of the
/// arguments does not matter.
[[nodiscard]] double cosine(std::span<const float> a, std::span<const float> b) noexcept;

}  // namespace visavis::match
