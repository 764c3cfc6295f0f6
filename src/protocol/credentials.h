// Where the verifier of signatures finds secrets: access keys, and sessions once STS makes them.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "keys/access_keys.h"
#include "keys/binding.h"

namespace visavis::protocol {

/// Whose secret it is and what it is bound to.
struct Credential {
    std::string secret;
    std::string principal;
    std::string account;  ///< twelve digits
    keys::Binding binding;
    bool expired{};  ///< at the time of the look-up; told only to whoever knows the secret
};

/// Thread-safe.
class Credentials {
  public:
    Credentials() = default;
    Credentials(const Credentials&) = delete;
    Credentials& operator=(const Credentials&) = delete;
    virtual ~Credentials() = default;

    /// The credential of an access key id and the session token sent with it (empty: none was). Nothing if
    /// there is no such key, if it was revoked, or if the token is not the one that belongs to it.
    [[nodiscard]] virtual std::optional<Credential> find(std::string_view access_key_id,
                                                         std::string_view session_token,
                                                         TimePoint now) const = 0;
};

/// The long-lived keys of the data directory. They have no session token: one that comes along is wrong.
class AccessKeyCredentials final : public Credentials {
  public:
    /// `keys` must outlive this.
    explicit AccessKeyCredentials(const keys::AccessKeys& keys) : keys_(keys) {}

    [[nodiscard]] std::optional<Credential> find(std::string_view access_key_id,
                                                 std::string_view session_token,
                                                 TimePoint now) const override;

  private:
    const keys::AccessKeys& keys_;
};

}  // namespace visavis::protocol
