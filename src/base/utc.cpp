#include "base/utc.h"

#include <array>
#include <ctime>
#include <string>

namespace visavis {

std::optional<TimePoint> read_utc(std::string_view text, const char* form) {
    const std::string copy(text);
    std::tm parts{};
    const char* end = ::strptime(copy.c_str(), form, &parts);
    if (end == nullptr || *end != '\0') return std::nullopt;
    const std::time_t seconds = ::timegm(&parts);
    // strptime also reads 2027-3-31, and timegm makes 3 March of 31 February: neither prints back equal.
    std::tm again{};
    std::array<char, 64> printed{};
    (void)::gmtime_r(&seconds, &again);
    const std::size_t length = ::strftime(printed.data(), printed.size(), form, &again);
    if (std::string_view(printed.data(), length) != text) return std::nullopt;
    return TimePoint(std::chrono::seconds(seconds));
}

}  // namespace visavis
