#include "keys/access_keys.h"

#include <algorithm>
#include <mutex>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include "base/account.h"
#include "base/bytes.h"
#include "base/file.h"
#include "base/random.h"
#include "keys/pending_json.h"

namespace visavis::keys {
namespace {

using boost::json::object;

constexpr std::string_view kSealPurpose = "visavis access keys";
constexpr std::string_view kFormat = "visavis access keys, version 1";  // associated data of the seal
constexpr std::size_t kMostFileBytes = 64UL * 1024 * 1024;
constexpr std::size_t kMostPrincipalCharacters = 128;

std::string random_id() {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string id = "AKIA";
    for (const std::uint8_t byte : random_bytes(16)) id += kDigits[byte % kDigits.size()];
    return id;
}

std::string random_secret() {
    return to_base64(random_bytes(30));
}

object to_json(const AccessKey& key) {
    object json{
        {"id", key.id},
        {"secret", key.secret},
        {"principal", key.principal},
        {"account", key.account},
        {"created", key.created.time_since_epoch().count()},
        {"purpose", key.binding.purpose},
        {"case", key.binding.case_id},
        {"recipient", key.binding.recipient},
        {"basis", key.binding.basis},
        {"approver", key.binding.approver},
        {"live", key.binding.live},
        {"collections", boost::json::array(key.binding.collections.begin(), key.binding.collections.end())}};
    if (key.expires) json["expires"] = key.expires->time_since_epoch().count();
    if (key.revoked) json["revoked"] = key.revoked->time_since_epoch().count();
    if (key.approved) json["approved"] = key.approved->time_since_epoch().count();
    return json;
}

std::optional<TimePoint> time_of(const object& json, std::string_view name) {
    const auto* found = json.if_contains(name);
    if (found == nullptr) return std::nullopt;
    return TimePoint(std::chrono::milliseconds(found->to_number<std::int64_t>()));
}

/// Throws where the sealed JSON is not what to_json() wrote.
AccessKey from_json(const object& json) {
    const auto text = [&](const char* name) { return std::string(json.at(name).as_string()); };
    AccessKey key{.id = text("id"),
                  .secret = text("secret"),
                  .principal = text("principal"),
                  .account = text("account"),
                  .created = time_of(json, "created").value(),
                  .expires = time_of(json, "expires"),
                  .revoked = time_of(json, "revoked"),
                  .binding = {.purpose = text("purpose"),
                              .case_id = text("case"),
                              .recipient = text("recipient"),
                              .basis = text("basis"),
                              .approver = text("approver"),
                              .live = json.contains("live") && json.at("live").as_bool(),
                              .collections = {}},
                  .approved = time_of(json, "approved")};
    for (const auto& item : json.at("collections").as_array())
        key.binding.collections.emplace_back(item.as_string());
    return key;
}

bool is_principal(std::string_view text) {
    constexpr std::string_view kAllowed = "_.:@/-";
    return !text.empty() && text.size() <= kMostPrincipalCharacters && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               kAllowed.contains(c);
    });
}

std::unexpected<Error> no_such_key(std::string_view id) {
    return fail(ErrorCode::kNotFound, fmt::format("there is no access key `{}`", id.substr(0, 64)));
}

AccessKey make(const NewAccessKey& wanted, TimePoint now) {
    return {.id = random_id(),
            .secret = random_secret(),
            .principal = wanted.principal,
            .account = wanted.account,
            .created = now,
            .expires = wanted.expires,
            .revoked = std::nullopt,
            .binding = wanted.binding};
}

}  // namespace

Result<std::unique_ptr<AccessKeys>> AccessKeys::open(std::string file, const SealKey& server_key) {
    std::unique_ptr<AccessKeys> keys(new AccessKeys(std::move(file), server_key.derive(kSealPurpose)));
    const auto sealed = read_file(keys->file_, kMostFileBytes);
    if (!sealed && sealed.error().code == ErrorCode::kNotFound) return keys;
    if (!sealed) return std::unexpected(sealed.error());
    auto plain = keys->key_.open(*sealed, as_bytes(kFormat));
    if (!plain)
        return fail(ErrorCode::kInternal,
                    fmt::format("the access keys in `{}` cannot be read: the file is damaged or was sealed "
                                "under another `server.key`",
                                keys->file_));
    try {
        const auto document = boost::json::parse(as_text(*plain));
        // Before there were messages the document was the list alone.
        const object* whole = document.if_object();
        if (whole != nullptr) keys->pending_ = pending_of(&whole->at("pending"));
        for (const auto& item : (whole != nullptr ? whole->at("keys") : document).as_array()) {
            AccessKey key = from_json(item.as_object());
            std::string id = key.id;
            keys->keys_.emplace(std::move(id), std::move(key));
        }
    } catch (const std::exception& error) {
        OPENSSL_cleanse(plain->data(), plain->size());
        return fail(ErrorCode::kInternal, fmt::format("the access keys in `{}` are of another format: {}",
                                                      keys->file_, error.what()));
    }
    OPENSSL_cleanse(plain->data(), plain->size());
    return keys;
}

Result<AccessKey> AccessKeys::create(const NewAccessKey& wanted, TimePoint now,
                                     const std::function<Result<void>(const AccessKey&)>& before_kept,
                                     const MakeMessage& message) {
    if (!is_principal(wanted.principal))
        return fail(
            ErrorCode::kInvalidParameter,
            fmt::format("`{}` is no name of a principal: 1 to {} of A…Z a…z 0…9 _ . : @ / -",
                        wanted.principal.substr(0, kMostPrincipalCharacters), kMostPrincipalCharacters));
    if (!is_account(wanted.account))
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` is no account: twelve digits are", wanted.account.substr(0, 64)));
    AccessKey key = make(wanted, now);
    if (before_kept)
        if (auto ready = before_kept(key); !ready) return std::unexpected(ready.error());
    const std::unique_lock lock(mutex_);
    Keys changed = keys_;
    changed.emplace(key.id, key);
    if (auto written = change(std::move(changed), message); !written) return std::unexpected(written.error());
    return key;
}

std::optional<AccessKey> AccessKeys::find(std::string_view id) const {
    const std::shared_lock lock(mutex_);
    const auto found = keys_.find(id);
    if (found == keys_.end()) return std::nullopt;
    return found->second;
}

std::vector<AccessKey> AccessKeys::list() const {
    std::vector<AccessKey> all;
    {
        const std::shared_lock lock(mutex_);
        for (const auto& [id, key] : keys_) {
            all.push_back(key);
            all.back().secret.clear();
        }
    }
    std::ranges::stable_sort(all, {}, &AccessKey::created);
    return all;
}

Result<void> AccessKeys::revoke(std::string_view id, TimePoint now, const MakeMessage& message) {
    const std::unique_lock lock(mutex_);
    Keys changed = keys_;
    const auto found = changed.find(id);
    if (found == changed.end()) return no_such_key(id);
    if (found->second.revoked) return {};
    found->second.revoked = now;
    return change(std::move(changed), message);
}

Result<AccessKey> AccessKeys::approve(std::string_view id, std::string_view account, std::string_view by,
                                      TimePoint now, const MakeMessage& message) {
    const std::unique_lock lock(mutex_);
    Keys changed = keys_;
    const auto found = changed.find(id);
    if (found == changed.end() || found->second.account != account) return no_such_key(id);
    AccessKey& key = found->second;
    if (by.empty() || key.binding.approver != by || key.principal == by)
        return fail(ErrorCode::kAccessDenied,
                    fmt::format("access key `{}` does not wait for the approval of `{}`", id, by));
    if (key.revoked || key.expired_at(now))
        return fail(ErrorCode::kConflict,
                    fmt::format("access key `{}` is revoked or expired; make a new one instead", id));
    if (!key.approved) {
        key.approved = now;
        if (auto written = change(std::move(changed), message); !written)
            return std::unexpected(written.error());
    }
    AccessKey shown = keys_.find(id)->second;
    shown.secret.clear();
    return shown;
}

Result<AccessKey> AccessKeys::rotate(std::string_view id, TimePoint now, const MakeMessage& message) {
    const std::unique_lock lock(mutex_);
    Keys changed = keys_;
    const auto found = changed.find(id);
    if (found == changed.end()) return no_such_key(id);
    const AccessKey& old = found->second;
    if (old.revoked || old.expired_at(now))
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("access key `{}` is revoked or expired; make a new one instead", id));
    AccessKey key = make(
        {.principal = old.principal, .account = old.account, .expires = old.expires, .binding = old.binding},
        now);
    key.approved = old.approved;
    found->second.revoked = now;
    changed.emplace(key.id, key);
    if (auto written = change(std::move(changed), message); !written) return std::unexpected(written.error());
    return key;
}

Result<std::vector<PendingMessage>> AccessKeys::pending() {
    const std::shared_lock lock(mutex_);
    return pending_;
}

Result<void> AccessKeys::settle(std::string_view id) {
    const std::unique_lock lock(mutex_);
    std::vector<PendingMessage> left = pending_;
    if (std::erase_if(left, [&](const PendingMessage& one) { return one.id == id; }) == 0) return {};
    return replace(keys_, std::move(left));
}

Result<void> AccessKeys::change(Keys changed, const MakeMessage& message) {
    auto pending = with_message(pending_, message);
    if (!pending) return std::unexpected(pending.error());
    return replace(std::move(changed), std::move(*pending));
}

Result<void> AccessKeys::replace(Keys keys, std::vector<PendingMessage> pending) {
    boost::json::array all;
    for (const auto& [id, key] : keys) all.emplace_back(to_json(key));
    std::string plain =
        boost::json::serialize(object{{"keys", std::move(all)}, {"pending", to_json(pending)}});
    const Bytes sealed = key_.seal(as_bytes(plain), as_bytes(kFormat));
    OPENSSL_cleanse(plain.data(), plain.size());
    if (auto written = replace_file(file_, sealed); !written) return written;
    keys_ = std::move(keys);
    pending_ = std::move(pending);
    return {};
}

}  // namespace visavis::keys
