// Who calls over the Unix socket or from the command line: whoever may open the data directory.
#pragma once

#include <string>
#include <string_view>

#include "engine/call.h"

namespace visavis::protocol {

/// The account of the local operator and of the keys of the first start.
inline constexpr std::string_view kDefaultAccount = "000000000000";

/// Header of a local request that acts in another account.
inline constexpr std::string_view kAccountHeader = "x-visavis-account";

/// The caller for one request of the local operator.
[[nodiscard]] inline engine::Caller local_operator(std::string request_id,
                                                   std::string_view account = kDefaultAccount) {
    return {.principal = "local-operator",
            .account = std::string(account),
            .region = "local",
            .request_id = std::move(request_id),
            .access_key_id = {},
            .source_address = "local",
            .binding = {}};
}

}  // namespace visavis::protocol
