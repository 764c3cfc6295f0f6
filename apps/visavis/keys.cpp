// `visavis keys`: access keys that are bound to what they are for.
#include <memory>

#include <fmt/core.h>

#include "commands.h"
#include "governance_client.h"
#include "policy_commands.h"

namespace visavis::app {
namespace {

namespace json = boost::json;

constexpr const char* kExamples = R"(
Examples:
  visavis keys create --principal alice --purpose missing-child --case 2026-118 --approved-by bob \
      --expires 48h --collections missing,shelters
  visavis keys list
  visavis keys revoke AKIA…            # with the sessions that were made with it
  visavis keys rotate AKIA…            # the same binding, a new secret
A key with --approved-by signs nothing until that person has approved it, with a key of their own:
  curl -X POST --aws-sigv4 aws:amz:us-east-1:rekognition --user ID:SECRET URL/v1/access-keys/AKIA…/approve
(`visavis keys approve AKIA…` acts as local-operator, so it serves keys that name local-operator.)
The secret is shown once. With a running server the command speaks to it; without one it opens the data directory.
)";

struct Options {
    std::shared_ptr<PlaceOptions> place;
    std::string id;
    std::string principal;
    std::string account;
    std::string purpose;
    std::string case_id;
    std::string approver;
    std::string expires;
    std::string recipient;
    std::string basis;
    std::vector<std::string> collections;
    bool live{false};
    bool json{false};
};

int show(const Result<json::object>& answer, bool as_json) {
    if (!answer) return report(answer.error());
    if (as_json)
        print_json(*answer);
    else
        print_members(*answer);
    return kDone;
}

int create(const Options& options) {
    json::object body{{"principal", options.principal}};
    const auto put = [&](const char* name, const std::string& text) {
        if (!text.empty()) body[name] = text;
    };
    put("purpose", options.purpose);
    put("case", options.case_id);
    put("approved_by", options.approver);
    put("recipient", options.recipient);
    put("basis", options.basis);
    if (options.live) body["live"] = true;
    put("account", options.account);
    if (!options.collections.empty())
        body["collections"] = json::array(options.collections.begin(), options.collections.end());
    if (!options.expires.empty()) {
        const auto seconds = seconds_of(options.expires);
        if (!seconds) return report(seconds.error());
        body["expires_seconds"] = *seconds;
    }
    return show(ask_server(*options.place, "POST", "/v1/access-keys", body), options.json);
}

int list(const Options& options) {
    const auto answer = ask_server(*options.place, "GET", "/v1/access-keys");
    if (!answer) return report(answer.error());
    if (options.json) {
        print_json(*answer);
        return kDone;
    }
    bool found = options.id.empty();
    for (const json::value& value : answer->at("access_keys").as_array()) {
        const json::object& key = value.as_object();
        if (!options.id.empty() && key.at("access_key_id").as_string() != options.id) continue;
        if (!options.id.empty())
            print_members(key);
        else
            fmt::print(
                "{}  {:<20} {:<22} {}{}\n", std::string_view(key.at("access_key_id").as_string()),
                std::string_view(key.at("principal").as_string()),
                key.at("purpose").as_string().empty() ? "any purpose"
                                                      : std::string_view(key.at("purpose").as_string()),
                key.contains("expires") ? "until " + std::string(key.at("expires").as_string()) : "no end",
                key.contains("revoked")   ? ", revoked"
                : key.contains("pending") ? ", waits for " + std::string(key.at("approved_by").as_string())
                                          : "");
        found = true;
    }
    if (found) return kDone;
    return report({ErrorCode::kNotFound, fmt::format("there is no access key `{}`", options.id)});
}

CLI::App* add(CLI::App& parent, const char* name, const char* text, Options& options) {
    CLI::App* command = parent.add_subcommand(name, text);
    options.place = add_place_options(*command);
    command->add_flag("--json", options.json, "Answer as JSON");
    command->footer(kExamples);
    return command;
}

void add_create(CLI::App& parent, int& exit_code) {
    const auto options = std::make_shared<Options>();
    CLI::App* command = add(parent, "create", "Make a key; its secret is shown once", *options);
    command->add_option("--principal", options->principal, "Whose key it is")->required();
    command
        ->add_option("--account", options->account,
                     "Account of twelve digits; its collections are its own (default: 000000000000)")
        ->type_name("DIGITS");
    command->add_option("--purpose", options->purpose, "The only purpose it can be used for");
    command->add_option("--case", options->case_id, "The case that it stops with");
    command->add_option("--approved-by", options->approver,
                        "Who must approve it before it signs; not its principal");
    command->add_option("--expires", options->expires, "How long it lasts, e.g. 48h");
    command->add_option("--collections", options->collections, "The only collections it reaches")
        ->delimiter(',');
    command->add_option("--recipient", options->recipient, "To whom its results go");
    command->add_option("--basis", options->basis, "What its enrolments rest on")
        ->type_name("KIND:REFERENCE");
    command->add_flag("--live", options->live, "A camera's key: what it signs is of people passing now");
    command->callback([options, &exit_code] { exit_code = create(*options); });
}

}  // namespace

void add_keys(CLI::App& app, int& exit_code) {
    CLI::App* keys = app.add_subcommand("keys", "Access keys that are bound to what they are for");
    keys->require_subcommand(1);
    add_create(*keys, exit_code);
    {
        const auto options = std::make_shared<Options>();
        CLI::App* command = add(*keys, "list", "Every key, without secrets", *options);
        command->callback([options, &exit_code] { exit_code = list(*options); });
    }
    {
        const auto options = std::make_shared<Options>();
        CLI::App* command = add(*keys, "show", "What a key is bound to", *options);
        command->add_option("id", options->id, "Access key id")->required();
        command->callback([options, &exit_code] { exit_code = list(*options); });
    }
    const auto add_step = [&](const char* step, const char* text) {
        const auto options = std::make_shared<Options>();
        CLI::App* command = add(*keys, step, text, *options);
        command->add_option("id", options->id, "Access key id")->required();
        command->callback([options, step, &exit_code] {
            exit_code = show(
                ask_server(*options->place, "POST", fmt::format("/v1/access-keys/{}/{}", options->id, step)),
                options->json);
        });
    };
    add_step("approve", "Approve a key that names you");
    add_step("revoke", "The key signs nothing any more");
    add_step("rotate", "A new key in its place");
}

}  // namespace visavis::app
