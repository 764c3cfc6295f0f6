#include "protocol/credentials.h"

namespace visavis::protocol {

std::optional<Credential> AccessKeyCredentials::find(std::string_view access_key_id,
                                                     std::string_view session_token, TimePoint now) const {
    if (!session_token.empty()) return std::nullopt;
    auto key = keys_.find(access_key_id);
    if (!key || key->revoked) return std::nullopt;
    const bool pending = key->pending();
    return Credential{.secret = std::move(key->secret),
                      .principal = std::move(key->principal),
                      .account = std::move(key->account),
                      .binding = std::move(key->binding),
                      .role_session = {},
                      .expired = key->expired_at(now),
                      .pending = pending};
}

std::optional<Credential> AllCredentials::find(std::string_view access_key_id, std::string_view session_token,
                                               TimePoint now) const {
    if (!access_key_id.starts_with("ASIA")) return key_credentials_.find(access_key_id, session_token, now);
    auto session = sessions_.find(access_key_id, session_token);
    if (!session) return std::nullopt;
    if (!session->parent.empty()) {
        const auto parent = keys_.find(session->parent);
        if (!parent || parent->revoked) return std::nullopt;
    }
    return Credential{.secret = std::move(session->secret),
                      .principal = std::move(session->principal),
                      .account = std::move(session->account),
                      .binding = std::move(session->binding),
                      .role_session = session->role + "/" + session->name,
                      .expired = now >= session->expires};
}

}  // namespace visavis::protocol
