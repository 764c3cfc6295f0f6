#include "protocol/role_routes.h"

#include "engine/governed.h"
#include "engine/receipt_outbox.h"
#include "policy/vocabulary.h"
#include "protocol/route_body.h"

namespace visavis::protocol {
namespace {

namespace json = boost::json;

json::array texts(const std::vector<std::string>& list) {
    json::array made;
    for (const std::string& text : list) made.emplace_back(text);
    return made;
}

json::object role_json(const policy::RoleRule& role) {
    return {{"name", role.name},
            {"principals", texts(role.principals)},
            {"purposes", texts(role.purposes)},
            {"cases", texts(role.cases)},
            {"collections", texts(role.collections)},
            {"recipients", texts(role.recipients)},
            {"bases", texts(role.bases)},
            {"longest_seconds", role.longest.count()},
            {"needs_case", role.needs_case},
            {"live", role.live}};
}

json::object policy_json(const policy::PolicySet& set) {
    return {
        {"policy_set", set.hash()}, {"policies", set.policies().size()}, {"warnings", texts(set.warnings())}};
}

using Body = std::function<Result<json::object>(const RouteCall& call, policy::Keeper& keeper,
                                                engine::Record& record)>;
using Revocation =
    std::function<Result<json::object>(const RouteCall& call, TimePoint now, const MakeMessage& message)>;

/// A route whose body runs once the policy has allowed `operation`.
Route governed_route(std::string method, std::string pattern, const std::string& operation, Body body) {
    const auto answer = [operation, body = std::move(body)](const RouteCall& call) {
        const auto done = engine::governed<json::object>(
            call.engine, call.called, {.operation = operation},
            [&](engine::Record& record) -> Result<json::object> {
                if (call.engine.authority() == nullptr)
                    return fail(ErrorCode::kUnavailable, "no policy is in force");
                return body(call, call.engine.authority()->keeper(), record);
            });
        return done ? json_response(*done, operation) : error_response(done.error(), call, operation);
    };
    return {.method = std::move(method),
            .pattern = std::move(pattern),
            .operation = operation,
            .answer = answer,
            .refuse = {}};
}

Route revoking_route(std::string pattern, keys::Sessions& sessions, Revocation revoke) {
    return governed_route(
        "POST", std::move(pattern), "RevokeSessions",
        [&sessions, revoke = std::move(revoke)](const RouteCall& call, policy::Keeper& /*keeper*/,
                                                engine::Record& record) {
            return engine::change_with_receipt<json::object>(
                call.engine, call.called, record, sessions,
                [&](const MakeMessage& message) { return revoke(call, call.engine.clock().now(), message); });
        });
}

}  // namespace

void add_role_routes(Router& router, keys::Sessions& sessions) {
    router.add(governed_route("GET", "/v1/roles", "ListRoles",
                              [](const RouteCall& /*call*/, policy::Keeper& keeper,
                                 engine::Record& /*record*/) -> Result<json::object> {
                                  json::array roles;
                                  for (const policy::RoleRule& role : keeper.current()->roles.list())
                                      roles.push_back(role_json(role));
                                  return json::object{{"roles", std::move(roles)}};
                              }));
    router.add(revoking_route("/v1/roles/{name}/revoke-sessions", sessions,
                              [&sessions](const RouteCall& call, TimePoint now,
                                          const MakeMessage& message) -> Result<json::object> {
                                  const std::string& role = call.parameters.find("name")->second;
                                  if (auto named = policy::check_name(role, "role"); !named)
                                      return std::unexpected(named.error());
                                  if (auto done = sessions.revoke_role(role, now, message); !done)
                                      return std::unexpected(done.error());
                                  return json::object{{"role", role}, {"revoked_until", time_text(now)}};
                              }));
    router.add(revoking_route("/v1/sessions/{id}/revoke", sessions,
                              [&sessions](const RouteCall& call, TimePoint now,
                                          const MakeMessage& message) -> Result<json::object> {
                                  const std::string& id = call.parameters.find("id")->second;
                                  if (auto named = policy::check_name(id, "session"); !named)
                                      return std::unexpected(named.error());
                                  if (auto done = sessions.revoke(id, now, message); !done)
                                      return std::unexpected(done.error());
                                  return json::object{{"session", id}};
                              }));
    router.add(governed_route("GET", "/v1/policy", "DescribePolicy",
                              [](const RouteCall& /*call*/, policy::Keeper& keeper,
                                 engine::Record& /*record*/) -> Result<json::object> {
                                  return policy_json(*keeper.current()->set);
                              }));
    router.add(governed_route("POST", "/v1/policy/reload", "ReloadPolicy",
                              [](const RouteCall& /*call*/, policy::Keeper& keeper,
                                 engine::Record& /*record*/) -> Result<json::object> {
                                  if (auto done = keeper.reload(); !done)
                                      return std::unexpected(done.error());
                                  return policy_json(*keeper.current()->set);
                              }));
}

}  // namespace visavis::protocol
