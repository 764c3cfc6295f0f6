// Access keys: who may call, and with what each key is bound. SigV4 needs the secret back, so it cannot be
// kept as a hash; the file is sealed as a whole under a key derived from the server key, names included.
#pragma once

#include <functional>
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

/// One key and what became of it:
///
///     created (names no approver) ──────────────▶ signs ──▶ expired
///     created (names one) ──▶ pending ──approve──▶   │
///                                └──────revoke──────┴────▶ revoked
struct AccessKey {
    std::string id;         ///< `AKIA` and sixteen of A…Z, 2…7
    std::string secret;     ///< forty characters; shown once, when the key is made
    std::string principal;  ///< e.g. `root`
    std::string account;    ///< twelve digits
    TimePoint created;
    std::optional<TimePoint> expires;
    std::optional<TimePoint> revoked;
    Binding binding;
    std::optional<TimePoint> approved{};  ///< by binding.approver

    /// Whether it names an approver who has not approved it: until then it signs nothing.
    [[nodiscard]] bool pending() const noexcept { return !binding.approver.empty() && !approved; }

    [[nodiscard]] bool expired_at(TimePoint now) const noexcept { return expires && now >= *expires; }

    /// Whether it may sign at `now`.
    [[nodiscard]] bool valid_at(TimePoint now) const noexcept {
        return !revoked && !pending() && !expired_at(now);
    }
};

/// What a new key is to be.
struct NewAccessKey {
    std::string principal;
    std::string account;
    std::optional<TimePoint> expires;
    Binding binding;
};

/// The keys of one data directory. Thread-safe; a change is durable when it returns, together with its
/// `message`.
class AccessKeys final : public PendingMessages {
  public:
    /// Reads `file`; an absent one holds no keys. kInternal if it was sealed under another server key or is
    /// damaged: the two cannot be told apart.
    static Result<std::unique_ptr<AccessKeys>> open(std::string file, const SealKey& server_key);

    /// A new key with its secret. kInvalidParameter for a principal that is empty, longer than 128 characters
    /// or not of `[A-Za-z0-9_.:@/-]`, or an account that is not twelve digits; kUnavailable if the file
    /// cannot be written. `before_kept` is shown the key first; its error keeps the key from being made.
    [[nodiscard]] Result<AccessKey> create(
        const NewAccessKey& wanted, TimePoint now,
        const std::function<Result<void>(const AccessKey&)>& before_kept = {},
        const MakeMessage& message = {});

    /// The key of this id with its secret, also if it is revoked or expired.
    [[nodiscard]] std::optional<AccessKey> find(std::string_view id) const;

    /// Every key in order of creation, without secrets.
    [[nodiscard]] std::vector<AccessKey> list() const;

    /// From now on the key signs nothing. kNotFound if there is none of this id; revoking twice is no error
    /// and keeps the first time.
    [[nodiscard]] Result<void> revoke(std::string_view id, TimePoint now, const MakeMessage& message = {});

    /// The principal `by` approves a key that names it as its approver. kNotFound if there is none of this id
    /// in the account; kAccessDenied if the key names somebody else or nobody; kConflict if it is revoked or
    /// expired. Approving twice is no error and keeps the first time.
    [[nodiscard]] Result<AccessKey> approve(std::string_view id, std::string_view account,
                                            std::string_view by, TimePoint now,
                                            const MakeMessage& message = {});

    /// A new key with the same principal, account, expiry, binding and approval; the old one is revoked in
    /// the same write. kNotFound if there is none of this id, kInvalidParameter if it is revoked or expired.
    [[nodiscard]] Result<AccessKey> rotate(std::string_view id, TimePoint now,
                                           const MakeMessage& message = {});

    [[nodiscard]] Result<std::vector<PendingMessage>> pending() override;
    [[nodiscard]] Result<void> settle(std::string_view id) override;

  private:
    AccessKeys(std::string file, const SealKey& key) : file_(std::move(file)), key_(key) {}

    using Keys = std::map<std::string, AccessKey, std::less<>>;

    /// Writes both and makes them the state.
    Result<void> replace(Keys keys, std::vector<PendingMessage> pending);
    Result<void> change(Keys changed, const MakeMessage& message);

    std::string file_;
    SealKey key_;
    mutable std::shared_mutex mutex_;
    Keys keys_;
    std::vector<PendingMessage> pending_;
};

}  // namespace visavis::keys
