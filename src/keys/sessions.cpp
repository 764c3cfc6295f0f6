#include "keys/sessions.h"

#include <mutex>

#include <boost/json.hpp>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/random.h"
#include "keys/pending_json.h"

namespace visavis::keys {
namespace {

namespace json = boost::json;

constexpr std::string_view kTokenFormat = "visavis session token, version 1";
constexpr std::string_view kFileFormat = "visavis session revocations, version 2";
constexpr std::string_view kFormerFormat = "visavis session revocations, version 1";  // without messages
constexpr std::size_t kMostFileBytes = 16UL * 1024 * 1024;
constexpr std::size_t kMostTokenBytes = 16UL * 1024;
constexpr std::size_t kSecretBytes = 30;
constexpr std::chrono::hours kLongestSession{12};  // as STS; a revocation older than that concerns nobody

std::string random_id() {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string id = "ASIA";
    for (const std::uint8_t byte : random_bytes(16)) id += kDigits[byte % kDigits.size()];
    return id;
}

std::int64_t number(TimePoint time) {
    return time.time_since_epoch().count();
}
TimePoint time(std::int64_t number) {
    return TimePoint(std::chrono::milliseconds(number));
}

json::object to_json(const Session& session) {
    const Binding& binding = session.binding;
    json::array collections;
    for (const std::string& collection : binding.collections) collections.emplace_back(collection);
    return {{"id", session.id},
            {"principal", session.principal},
            {"account", session.account},
            {"role", session.role},
            {"name", session.name},
            {"parent", session.parent},
            {"issued", number(session.issued)},
            {"expires", number(session.expires)},
            {"purpose", binding.purpose},
            {"case", binding.case_id},
            {"recipient", binding.recipient},
            {"basis", binding.basis},
            {"approver", binding.approver},
            {"live", binding.live},
            {"collections", std::move(collections)}};
}

/// Throws where the JSON is not what to_json() wrote.
Session from_json(const json::object& object) {
    const auto text = [&](const char* name) { return std::string(object.at(name).as_string()); };
    Session session{.id = text("id"),
                    .secret = {},
                    .token = {},
                    .principal = text("principal"),
                    .account = text("account"),
                    .role = text("role"),
                    .name = text("name"),
                    .parent = text("parent"),
                    .issued = time(object.at("issued").as_int64()),
                    .expires = time(object.at("expires").as_int64()),
                    .binding = {}};
    session.binding = {.purpose = text("purpose"),
                       .case_id = text("case"),
                       .recipient = text("recipient"),
                       .basis = text("basis"),
                       .approver = text("approver"),
                       .live = object.contains("live") && object.at("live").as_bool(),
                       .collections = {}};
    for (const json::value& collection : object.at("collections").as_array())
        session.binding.collections.emplace_back(collection.as_string());
    return session;
}

json::object to_json(const std::map<std::string, std::int64_t, std::less<>>& times) {
    json::object made;
    for (const auto& [name, when] : times) made[name] = when;
    return made;
}

}  // namespace

Sessions::Sessions(std::string file, const SealKey& server_key)
    : file_(std::move(file)),
      tokens_(server_key.derive("visavis session tokens")),
      secrets_(server_key.derive("visavis session secrets")),
      revocations_key_(server_key.derive("visavis session revocations")) {}

Result<std::unique_ptr<Sessions>> Sessions::open(std::string file, const SealKey& server_key) {
    std::unique_ptr<Sessions> sessions(new Sessions(std::move(file), server_key));
    const auto sealed = read_file(sessions->file_, kMostFileBytes);
    if (!sealed && sealed.error().code == ErrorCode::kNotFound) return sessions;
    if (!sealed) return std::unexpected(sealed.error());
    auto plain = sessions->revocations_key_.open(*sealed, as_bytes(kFileFormat));
    if (!plain) plain = sessions->revocations_key_.open(*sealed, as_bytes(kFormerFormat));
    if (!plain)
        return fail(
            ErrorCode::kInternal,
            "`" + sessions->file_ + "` does not open: another server key sealed it, or it is damaged");
    try {
        const json::value content = json::parse(as_text(*plain));
        for (const auto& [id, when] : content.at("sessions").as_object())
            sessions->revoked_.sessions.emplace(id, when.as_int64());
        for (const auto& [role, when] : content.at("roles").as_object())
            sessions->revoked_.roles.emplace(role, when.as_int64());
        sessions->revoked_.pending = pending_of(content.as_object().if_contains("pending"));
    } catch (const std::exception& error) {
        return fail(ErrorCode::kInternal, "`" + sessions->file_ + "` is damaged: " + error.what());
    }
    return sessions;
}

std::string Sessions::secret_of(std::string_view id) const {
    const Sha256 derived = hmac_sha256(secrets_.bytes(), as_bytes(id));
    return to_base64(ByteView(derived).first(kSecretBytes));
}

Session Sessions::issue(const NewSession& wanted, TimePoint now) const {
    Session session{.id = random_id(),
                    .secret = {},
                    .token = {},
                    .principal = wanted.principal,
                    .account = wanted.account,
                    .role = wanted.role,
                    .name = wanted.name,
                    .parent = wanted.parent,
                    .issued = now,
                    .expires = wanted.expires,
                    .binding = wanted.binding};
    session.secret = secret_of(session.id);
    session.token =
        to_base64(tokens_.seal(as_bytes(json::serialize(to_json(session))), as_bytes(kTokenFormat)));
    return session;
}

std::optional<Session> Sessions::find(std::string_view id, std::string_view token) const {
    if (token.empty() || token.size() > kMostTokenBytes) return std::nullopt;
    const auto sealed = from_base64(token);
    if (!sealed) return std::nullopt;
    const auto plain = tokens_.open(*sealed, as_bytes(kTokenFormat));
    if (!plain) return std::nullopt;
    Session session;
    try {
        session = from_json(json::parse(as_text(*plain)).as_object());
    } catch (const std::exception&) {
        return std::nullopt;
    }
    if (session.id != id) return std::nullopt;
    const std::shared_lock lock(mutex_);
    if (revoked_.sessions.contains(id)) return std::nullopt;
    if (const auto role = revoked_.roles.find(session.role);
        role != revoked_.roles.end() && number(session.issued) <= role->second)
        return std::nullopt;
    session.secret = secret_of(id);
    session.token = token;
    return session;
}

Result<void> Sessions::change(Revocations changed, TimePoint now, const MakeMessage& message) {
    auto pending = with_message(std::move(changed.pending), message);
    if (!pending) return std::unexpected(pending.error());
    changed.pending = std::move(*pending);
    const auto over = [&](const auto& entry) { return entry.second < number(now - kLongestSession); };
    std::erase_if(changed.sessions, over);
    std::erase_if(changed.roles, over);
    return replace(std::move(changed));
}

Result<void> Sessions::replace(Revocations changed) {
    const std::string text = json::serialize(json::object{{"sessions", to_json(changed.sessions)},
                                                          {"roles", to_json(changed.roles)},
                                                          {"pending", to_json(changed.pending)}});
    if (text.size() > kMostFileBytes / 2)
        return fail(
            ErrorCode::kQuotaExceeded,
            "there are too many revocations; revoke the role's sessions at once, or wait until they end");
    if (auto written = replace_file(file_, revocations_key_.seal(as_bytes(text), as_bytes(kFileFormat)));
        !written)
        return written;
    revoked_ = std::move(changed);
    return {};
}

Result<void> Sessions::revoke(std::string_view id, TimePoint now, const MakeMessage& message) {
    const std::unique_lock lock(mutex_);
    Revocations changed = revoked_;
    changed.sessions.insert_or_assign(std::string(id), number(now));
    return change(std::move(changed), now, message);
}

Result<void> Sessions::revoke_role(std::string_view role, TimePoint now, const MakeMessage& message) {
    const std::unique_lock lock(mutex_);
    Revocations changed = revoked_;
    changed.roles.insert_or_assign(std::string(role), number(now));
    return change(std::move(changed), now, message);
}

Result<std::vector<PendingMessage>> Sessions::pending() {
    const std::shared_lock lock(mutex_);
    return revoked_.pending;
}

Result<void> Sessions::settle(std::string_view id) {
    const std::unique_lock lock(mutex_);
    Revocations left = revoked_;
    if (std::erase_if(left.pending, [&](const PendingMessage& one) { return one.id == id; }) == 0) return {};
    return replace(std::move(left));
}

}  // namespace visavis::keys
