#include "protocol/credentials.h"

namespace visavis::protocol {

std::optional<Credential> AccessKeyCredentials::find(std::string_view access_key_id,
                                                     std::string_view session_token, TimePoint now) const {
    if (!session_token.empty()) return std::nullopt;
    auto key = keys_.find(access_key_id);
    if (!key || key->revoked) return std::nullopt;
    return Credential{.secret = std::move(key->secret),
                      .principal = std::move(key->principal),
                      .account = std::move(key->account),
                      .binding = std::move(key->binding),
                      .expired = !key->valid_at(now)};
}

}  // namespace visavis::protocol
