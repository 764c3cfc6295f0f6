#include "policy/model.h"

#include <chrono>
#include <ctime>

namespace visavis::policy {

void set_site_time(Context& context) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(context.now);
    std::tm local{};
    localtime_r(&seconds, &local);
    context.hour = local.tm_hour;
    context.weekday = local.tm_wday == 0 ? 7 : local.tm_wday;
}

}  // namespace visavis::policy
