#include "protocol/key_routes.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/account.h"
#include "engine/governed.h"
#include "engine/receipt_outbox.h"
#include "policy/vocabulary.h"
#include "protocol/route_body.h"

namespace visavis::protocol {
namespace {

namespace json = boost::json;

constexpr std::chrono::days kLongestKey{3'660};

json::object key_json(const keys::AccessKey& key) {
    json::array collections;
    for (const std::string& collection : key.binding.collections) collections.emplace_back(collection);
    json::object made{{"access_key_id", key.id},
                      {"principal", key.principal},
                      {"account", key.account},
                      {"created", time_text(key.created)},
                      {"purpose", key.binding.purpose},
                      {"case", key.binding.case_id},
                      {"approved_by", key.binding.approver},
                      {"recipient", key.binding.recipient},
                      {"basis", key.binding.basis},
                      {"collections", std::move(collections)}};
    if (key.binding.live) made["live"] = true;
    if (key.expires) made["expires"] = time_text(*key.expires);
    if (key.revoked) made["revoked"] = time_text(*key.revoked);
    if (key.approved) made["approved"] = time_text(*key.approved);
    if (key.pending()) made["pending"] = true;
    return made;
}

json::object with_secret(const keys::AccessKey& key) {
    json::object made = key_json(key);
    made["secret_access_key"] = key.secret;
    return made;
}

/// The body as a new key, its words checked.
Result<keys::NewAccessKey> wanted_of(const RouteCall& call) {
    const auto body = object_of(call, {"principal", "purpose", "case", "approved_by", "expires_seconds",
                                       "collections", "recipient", "basis", "live", "account"});
    if (!body) return std::unexpected(body.error());
    keys::NewAccessKey wanted{.principal = {}, .account = call.caller.account, .expires = {}, .binding = {}};
    const auto take = [&](std::string_view name, std::string& target) -> Result<void> {
        auto text = text_of(*body, name);
        if (!text) return std::unexpected(text.error());
        target = std::move(*text);
        return {};
    };
    keys::Binding& binding = wanted.binding;
    Result<void> read = take("principal", wanted.principal);
    if (read) read = take("purpose", binding.purpose);
    if (read) read = take("case", binding.case_id);
    if (read) read = take("approved_by", binding.approver);
    if (read) read = take("recipient", binding.recipient);
    if (read) read = take("basis", binding.basis);
    std::string account;
    if (read) read = take("account", account);
    if (!read) return std::unexpected(read.error());
    if (const json::value* live = body->if_contains("live")) {
        if (!live->is_bool()) return fail(ErrorCode::kValidation, "`live` must be true or false");
        binding.live = live->get_bool();
    }
    if (!account.empty()) wanted.account = std::move(account);
    auto collections = texts_of(*body, "collections");
    if (!collections) return std::unexpected(collections.error());
    binding.collections = std::move(*collections);
    const auto seconds = number_of(*body, "expires_seconds", 0);
    if (!seconds) return std::unexpected(seconds.error());
    if (*seconds < 0 || std::chrono::seconds(*seconds) > kLongestKey)
        return fail(ErrorCode::kValidation, fmt::format("a key lasts at most {} days", kLongestKey.count()));
    if (*seconds > 0) wanted.expires = call.engine.clock().now() + std::chrono::seconds(*seconds);
    return wanted;
}

/// Accounts are kept apart, so a key makes keys of its own account; the operator at this machine makes any.
Result<void> check_account(const RouteCall& call, std::string_view account) {
    if (!is_account(account))
        return fail(ErrorCode::kValidation, fmt::format("`{}` is no account: twelve digits", account));
    if (account != call.caller.account && !call.local)
        return fail(ErrorCode::kAccessDenied,
                    fmt::format("a key makes keys of its own account; account `{}` gets its keys from the "
                                "operator at the server's machine",
                                account));
    return {};
}

/// Whoever is handed a key's secret cannot be the one who approves it, or approved it.
Result<void> check_approver(const RouteCall& call, const keys::Binding& binding) {
    if (!binding.approver.empty() && binding.approver == call.caller.principal)
        return fail(
            ErrorCode::kAccessDenied,
            fmt::format("`{}` makes this key; another person must approve it", call.caller.principal));
    return {};
}

Result<void> check_wanted(const RouteCall& call, const keys::NewAccessKey& wanted) {
    if (auto own = check_account(call, wanted.account); !own) return own;
    const keys::Binding& binding = wanted.binding;
    Result<void> checked = policy::check_name(wanted.principal, "principal");
    if (checked && !binding.purpose.empty())
        checked = policy::one_of(binding.purpose, policy::all_purposes(), "purpose");
    if (checked && !binding.recipient.empty()) checked = policy::check_name(binding.recipient, "recipient");
    if (checked && !binding.approver.empty()) checked = policy::check_name(binding.approver, "principal");
    for (const std::string& collection : binding.collections)
        if (checked) checked = policy::check_name(collection, "collection");
    if (!checked) return checked;
    if (const auto basis = policy::parse_basis(binding.basis); !basis) return std::unexpected(basis.error());
    if (!binding.approver.empty() && binding.approver == wanted.principal)
        return fail(
            ErrorCode::kAccessDenied,
            fmt::format("`{}` cannot approve a key for himself; another person must", wanted.principal));
    if (auto other = check_approver(call, binding); !other) return other;
    if (binding.case_id.empty()) return {};
    policy::Cases* cases = call.engine.authority() == nullptr ? nullptr : call.engine.authority()->cases();
    if (cases == nullptr) return fail(ErrorCode::kUnavailable, "there are no cases");
    const auto record = cases->find(binding.case_id);
    if (!record) return std::unexpected(record.error());
    if (record->purpose != binding.purpose)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("the case `{}` is for the purpose `{}`", record->id, record->purpose));
    return {};
}

/// Nobody makes a credential that may do more than his own.
Result<void> check_maker(const RouteCall& call, std::string_view principal) {
    if (call.caller.access_key_id.starts_with("ASIA") || call.caller.binding != keys::Binding{})
        return fail(ErrorCode::kAccessDenied, "a credential that is bound to something makes no keys");
    if (call.engine.authority() == nullptr) return {};
    const auto directory = call.engine.authority()->keeper().current()->directory;
    if (directory.principal(principal).root && !directory.principal(call.caller.principal).root)
        return fail(ErrorCode::kAccessDenied, "only root makes keys for root");
    return {};
}

/// One governed change or look at the keys, as a response. A change hands the message on to the keys.
server::Response governed_answer(const RouteCall& call, keys::AccessKeys& keys, std::string_view operation,
                                 const std::function<Result<json::object>(const MakeMessage&)>& body) {
    engine::Call& called = call.called;
    const auto answer = engine::governed<json::object>(
        call.engine, called, {.operation = std::string(operation)}, [&](engine::Record& record) {
            return engine::change_with_receipt<json::object>(call.engine, called, record, keys, body);
        });
    return answer ? json_response(*answer, operation) : error_response(answer.error(), call, operation);
}

server::Response create(const RouteCall& call, keys::AccessKeys& keys) {
    return governed_answer(call, keys, "CreateAccessKey",
                           [&](const MakeMessage& message) -> Result<json::object> {
                               const auto wanted = wanted_of(call);
                               if (!wanted) return std::unexpected(wanted.error());
                               if (auto checked = check_wanted(call, *wanted); !checked)
                                   return std::unexpected(checked.error());
                               if (auto may = check_maker(call, wanted->principal); !may)
                                   return std::unexpected(may.error());
                               const auto key = keys.create(*wanted, call.engine.clock().now(), {}, message);
                               if (!key) return std::unexpected(key.error());
                               return with_secret(*key);
                           });
}

/// A key of the caller's account; the operator at this machine reaches those of every account.
bool reaches(const RouteCall& call, const keys::AccessKey& key) {
    return call.local || key.account == call.caller.account;
}

/// The key that the route names. kNotFound.
Result<keys::AccessKey> named_key(const RouteCall& call, const keys::AccessKeys& keys) {
    const std::string& id = call.parameters.find("id")->second;
    const auto key = keys.find(id);
    if (!key || !reaches(call, *key))
        return fail(ErrorCode::kNotFound, fmt::format("there is no access key `{}`", id));
    return *key;
}

server::Response rotate(const RouteCall& call, keys::AccessKeys& keys) {
    return governed_answer(call, keys, "RotateAccessKey",
                           [&](const MakeMessage& message) -> Result<json::object> {
                               const auto old = named_key(call, keys);
                               if (!old) return std::unexpected(old.error());
                               const std::string& id = old->id;
                               if (auto may = check_maker(call, old->principal); !may)
                                   return std::unexpected(may.error());
                               if (auto other = check_approver(call, old->binding); !other)
                                   return std::unexpected(other.error());
                               const auto key = keys.rotate(id, call.engine.clock().now(), message);
                               if (!key) return std::unexpected(key.error());
                               return with_secret(*key);
                           });
}

}  // namespace

void add_key_routes(Router& router, keys::AccessKeys& keys) {
    router.add({.method = "GET",
                .pattern = "/v1/access-keys",
                .operation = "ListAccessKeys",
                .answer =
                    [&keys](const RouteCall& call) {
                        return governed_answer(call, keys, "ListAccessKeys",
                                               [&](const MakeMessage& /*message*/) -> Result<json::object> {
                                                   json::array list;
                                                   for (const keys::AccessKey& key : keys.list())
                                                       if (reaches(call, key)) list.push_back(key_json(key));
                                                   return json::object{{"access_keys", std::move(list)}};
                                               });
                    },
                .refuse = {}});
    router.add({.method = "POST",
                .pattern = "/v1/access-keys",
                .operation = "CreateAccessKey",
                .answer = [&keys](const RouteCall& call) { return create(call, keys); },
                .refuse = {}});
    router.add(
        {.method = "POST",
         .pattern = "/v1/access-keys/{id}/revoke",
         .operation = "RevokeAccessKey",
         .answer =
             [&keys](const RouteCall& call) {
                 return governed_answer(
                     call, keys, "RevokeAccessKey", [&](const MakeMessage& message) -> Result<json::object> {
                         const auto key = named_key(call, keys);
                         if (!key) return std::unexpected(key.error());
                         if (auto done = keys.revoke(key->id, call.engine.clock().now(), message); !done)
                             return std::unexpected(done.error());
                         return key_json(*keys.find(key->id));
                     });
             },
         .refuse = {}});
    router.add({.method = "POST",
                .pattern = "/v1/access-keys/{id}/approve",
                .operation = "ApproveAccessKey",
                .answer =
                    [&keys](const RouteCall& call) {
                        return governed_answer(
                            call, keys, "ApproveAccessKey",
                            [&](const MakeMessage& message) -> Result<json::object> {
                                const auto key =
                                    keys.approve(call.parameters.find("id")->second, call.caller.account,
                                                 call.caller.principal, call.engine.clock().now(), message);
                                if (!key) return std::unexpected(key.error());
                                return key_json(*key);
                            });
                    },
                .refuse = {}});
    router.add({.method = "POST",
                .pattern = "/v1/access-keys/{id}/rotate",
                .operation = "RotateAccessKey",
                .answer = [&keys](const RouteCall& call) { return rotate(call, keys); },
                .refuse = {}});
}

}  // namespace visavis::protocol
