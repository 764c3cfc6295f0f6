// Temporary credentials (AWS STS). Nothing is stored when one is given: the session token carries, sealed
// under a key derived from the server key, whose it is, what it is bound to and when it ends; the secret is
// derived from its id. What is stored are revocations, until the sessions that they concern would have ended
// anyway.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/pending_message.h"
#include "keys/binding.h"
#include "keys/seal.h"

namespace visavis::keys {

struct Session {
    std::string id;         ///< `ASIA` and sixteen of A…Z, 2…7
    std::string secret;     ///< forty characters
    std::string token;      ///< goes with every request
    std::string principal;  ///< who assumed the role
    std::string account;    ///< twelve digits
    std::string role;
    std::string name;    ///< RoleSessionName
    std::string parent;  ///< access key it was made with; empty: the operator at the machine
    TimePoint issued;
    TimePoint expires;
    Binding binding;
};

struct NewSession {
    std::string principal;
    std::string account;
    std::string role;
    std::string name;
    std::string parent;
    TimePoint expires;
    Binding binding;
};

/// Thread-safe; a revocation is durable when it returns, together with its `message`.
class Sessions final : public PendingMessages {
  public:
    /// Reads the revocations in `file`; an absent one holds none. kInternal if it was sealed under another
    /// server key or is damaged.
    static Result<std::unique_ptr<Sessions>> open(std::string file, const SealKey& server_key);

    [[nodiscard]] Session issue(const NewSession& wanted, TimePoint now) const;

    /// The session of this id, if `token` is the one that was issued with it, unaltered, and not revoked;
    /// also if it has expired.
    [[nodiscard]] std::optional<Session> find(std::string_view id, std::string_view token) const;

    /// The session of this id signs nothing any more.
    [[nodiscard]] Result<void> revoke(std::string_view id, TimePoint now, const MakeMessage& message = {});

    /// Nor does any session of the role that was issued until now.
    [[nodiscard]] Result<void> revoke_role(std::string_view role, TimePoint now,
                                           const MakeMessage& message = {});

    [[nodiscard]] Result<std::vector<PendingMessage>> pending() override;
    [[nodiscard]] Result<void> settle(std::string_view id) override;

  private:
    struct Revocations {
        std::map<std::string, std::int64_t, std::less<>> sessions;  ///< id → when it was revoked
        std::map<std::string, std::int64_t, std::less<>> roles;     ///< role → sessions issued until then
        std::vector<PendingMessage> pending;
    };

    Sessions(std::string file, const SealKey& server_key);
    Result<void> change(Revocations changed, TimePoint now, const MakeMessage& message);
    Result<void> replace(Revocations changed);
    [[nodiscard]] std::string secret_of(std::string_view id) const;

    std::string file_;
    SealKey tokens_;
    SealKey secrets_;
    SealKey revocations_key_;
    mutable std::shared_mutex mutex_;
    Revocations revoked_;  // guarded by mutex_
};

}  // namespace visavis::keys
