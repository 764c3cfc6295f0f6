// One HTTP(S) request, for what the program reads from others: logs and witnesses.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/error.h"

namespace visavis::app {

struct HttpAnswer {
    int status{};
    std::string body;
};

/// GET, or POST if there is a body. Follows no redirects; takes at most 64 MiB. kUnavailable, naming the
/// address and the reason, if no answer came in time.
[[nodiscard]] Result<HttpAnswer> http_fetch(const std::string& url, const std::optional<std::string>& body,
                                            std::chrono::seconds limit);

}  // namespace visavis::app
