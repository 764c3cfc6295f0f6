// Where the verifier of signatures finds secrets: access keys, and sessions once STS makes them.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "keys/access_keys.h"
#include "keys/binding.h"
#include "keys/sessions.h"

namespace visavis::protocol {

/// Whose secret it is and what it is bound to.
struct Credential {
    std::string secret;
    std::string principal;
    std::string account;  ///< twelve digits
    keys::Binding binding;
    std::string role_session{};  ///< `role/session name` of a temporary credential
    bool expired{};              ///< at the time of the look-up; told only to whoever knows the secret
    bool pending{};              ///< waits for the approval of binding.approver; told as `expired` is
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

/// The keys and the temporary credentials made with them. A session goes with the key that made it: revoked,
/// its sessions sign nothing either.
class AllCredentials final : public Credentials {
  public:
    /// Both must outlive this.
    AllCredentials(const keys::AccessKeys& keys, const keys::Sessions& sessions)
        : keys_(keys), sessions_(sessions), key_credentials_(keys) {}

    [[nodiscard]] std::optional<Credential> find(std::string_view access_key_id,
                                                 std::string_view session_token,
                                                 TimePoint now) const override;

  private:
    const keys::AccessKeys& keys_;
    const keys::Sessions& sessions_;
    AccessKeyCredentials key_credentials_;
};

}  // namespace visavis::protocol
