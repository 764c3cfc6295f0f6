// Who calls over the Unix socket or from the command line: whoever may open the data directory.
#pragma once

#include <string>

#include "engine/call.h"

namespace visavis::protocol {

/// The account of the local operator and of the keys of the first start.
inline constexpr std::string_view kDefaultAccount = "000000000000";

/// The caller for one request of the local operator.
[[nodiscard]] inline engine::Caller local_operator(std::string request_id) {
    return {.principal = "local-operator",
            .account = std::string(kDefaultAccount),
            .region = "local",
            .request_id = std::move(request_id),
            .access_key_id = {},
            .source_address = "local",
            .binding = {}};
}

}  // namespace visavis::protocol
