// `visavis roles`: what temporary credentials may be for.
#include <memory>

#include <fmt/core.h>

#include "commands.h"
#include "governance_client.h"
#include "policy_commands.h"

namespace visavis::app {
namespace {

namespace json = boost::json;

constexpr const char* kExamples = R"(
Roles stand in DATA/roles.toml (docs/policy.md); SIGHUP takes changes up.

Examples:
  visavis roles list
  visavis roles revoke searcher          # every session given for it until now
  aws sts assume-role --endpoint-url http://127.0.0.1:8080 --role-arn arn:aws:iam::000000000000:role/searcher \
      --role-session-name shift-3 --tags Key=purpose,Value=missing-child
)";

int list(const PlaceOptions& place, bool as_json) {
    const auto answer = ask_server(place, "GET", "/v1/roles");
    if (!answer) return report(answer.error());
    if (as_json) {
        print_json(*answer);
        return kDone;
    }
    for (const json::value& role : answer->at("roles").as_array()) {
        print_members(role.as_object());
        fmt::print("\n");
    }
    return kDone;
}

int revoke(const PlaceOptions& place, const std::string& role, bool as_json) {
    const auto answer = ask_server(place, "POST", fmt::format("/v1/roles/{}/revoke-sessions", role));
    if (!answer) return report(answer.error());
    if (as_json)
        print_json(*answer);
    else
        print_members(*answer);
    return kDone;
}

}  // namespace

void add_roles(CLI::App& app, int& exit_code) {
    CLI::App* roles = app.add_subcommand("roles", "What temporary credentials may be for");
    roles->require_subcommand(1);
    const auto json = std::make_shared<bool>(false);
    const auto role = std::make_shared<std::string>();
    CLI::App* listed = roles->add_subcommand("list", "The roles in force");
    CLI::App* revoked = roles->add_subcommand("revoke", "End the sessions that were given for a role");
    for (CLI::App* command : {listed, revoked}) {
        command->add_flag("--json", *json, "Answer as JSON");
        command->footer(kExamples);
    }
    revoked->add_option("role", *role, "Name of the role")->required();
    listed->callback(
        [place = add_place_options(*listed), json, &exit_code] { exit_code = list(*place, *json); });
    revoked->callback([place = add_place_options(*revoked), role, json, &exit_code] {
        exit_code = revoke(*place, *role, *json);
    });
}

}  // namespace visavis::app
