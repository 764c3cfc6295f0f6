#include "engine/assume_role.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/engine.h"
#include "engine/governed.h"

namespace visavis::engine {
namespace {

std::unexpected<Error> bound(std::string_view what) {
    return fail(ErrorCode::kAccessDenied,
                fmt::format("this credential is bound to another {} than the session asks for", what));
}

/// What the caller's own credential leaves of the wish: a key for one purpose does not become one for
/// another.
Result<policy::SessionWish> narrow(const Binding& own, policy::SessionWish wish) {
    const auto inherit = [](const std::string& mine, std::string& wished) {
        if (wished.empty()) wished = mine;
        return mine.empty() || wished == mine;
    };
    if (!inherit(own.purpose, wish.purpose)) return bound("purpose");
    if (!inherit(own.case_id, wish.case_id)) return bound("case");
    if (!inherit(own.recipient, wish.recipient)) return bound("recipient");
    if (!inherit(own.basis, wish.basis)) return bound("basis");
    wish.live = own.live;  // what a camera's key makes is a camera's
    if (own.collections.empty()) return wish;
    if (wish.collections.empty()) wish.collections = own.collections;
    for (const std::string& collection : wish.collections)
        if (std::ranges::find(own.collections, collection) == own.collections.end())
            return bound("collection");
    return wish;
}

Result<policy::SessionWish> granted(const Engine& engine, const Caller& caller,
                                    const AssumeRoleRequest& request) {
    if (engine.authority() == nullptr) return fail(ErrorCode::kUnavailable, "no policy is in force");
    if (caller.access_key_id.starts_with("ASIA"))
        return fail(ErrorCode::kAccessDenied, "a temporary credential cannot assume a role");
    const auto role = engine.authority()->keeper().current()->roles.find(request.role);
    // Whoever may not assume a role does not learn whether there is one.
    if (!role) return fail(ErrorCode::kAccessDenied, "the role cannot be assumed");
    auto wish = narrow(caller.binding, request.wish);
    if (!wish) return wish;
    return policy::grant(*role, caller.principal, std::move(*wish));
}

}  // namespace

Result<keys::Session> assume_role(Engine& engine, Call& call, const keys::Sessions& sessions,
                                  std::optional<TimePoint> parent_expires, const AssumeRoleRequest& request) {
    const auto wish = granted(engine, call.caller, request);
    // The policy, and the receipt, see what the session would be bound to.
    Call asked = call;
    if (wish)
        asked.caller.binding = {.purpose = wish->purpose,
                                .case_id = wish->case_id,
                                .recipient = wish->recipient,
                                .basis = wish->basis,
                                .approver = call.caller.binding.approver,
                                .live = wish->live,
                                .collections = wish->collections};
    auto session = governed<keys::Session>(engine, asked, {.operation = "AssumeRole", .role = request.role},
                                           [&](Record& /*record*/) -> Result<keys::Session> {
                                               if (!wish) return std::unexpected(wish.error());
                                               const TimePoint now = engine.clock().now();
                                               TimePoint expires = now + wish->duration;
                                               if (parent_expires)
                                                   expires = std::min(expires, *parent_expires);
                                               return sessions.issue({.principal = call.caller.principal,
                                                                      .account = call.caller.account,
                                                                      .role = request.role,
                                                                      .name = request.session_name,
                                                                      .parent = call.caller.access_key_id,
                                                                      .expires = expires,
                                                                      .binding = asked.caller.binding},
                                                                     now);
                                           });
    call.notes = asked.notes;
    return session;
}

}  // namespace visavis::engine
