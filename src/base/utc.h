// Moments as people and files write them.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace visavis {

inline constexpr const char* kDayForm = "%Y-%m-%d";               ///< `2027-03-31`
inline constexpr const char* kSecondForm = "%Y-%m-%dT%H:%M:%SZ";  ///< `2027-03-31T12:00:00Z`

/// The moment that `text` names in a form of strftime(), in UTC. Nothing for another spelling (only what the
/// form itself would print is read) and for a day or an hour that there is not.
[[nodiscard]] std::optional<TimePoint> read_utc(std::string_view text, const char* form);

}  // namespace visavis
