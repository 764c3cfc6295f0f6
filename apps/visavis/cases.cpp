// `visavis cases`: exceptions that need two people.
#include <memory>

#include <fmt/core.h>

#include "commands.h"
#include "governance_client.h"
#include "policy_commands.h"

namespace visavis::app {
namespace {

namespace json = boost::json;

constexpr const char* kExamples = R"(
Here acts `local-operator`, who is one person: what he opens another must approve, with a key of his own:
  curl --aws-sigv4 aws:amz:us-east-1:rekognition --user KEY:SECRET -d '{"authorisation":"court-77"}' \
      http://127.0.0.1:8080/v1/cases/2026-118/approve

Examples:
  visavis cases open 2026-118 --purpose missing-child --hours 72 --urgent-hours 24 --reason "last seen at the station"
  visavis cases list
  visavis cases close 2026-118
)";

struct Options {
    std::shared_ptr<PlaceOptions> place;
    std::string id;
    std::string purpose;
    std::string reason;
    std::string authorisation;
    std::int64_t hours{72};
    std::int64_t urgent_hours{0};
    bool json{false};
};

int show(const Result<json::object>& answer, bool as_json) {
    if (!answer) return report(answer.error());
    if (as_json) {
        print_json(*answer);
    } else if (const json::value* cases = answer->if_contains("cases")) {
        for (const json::value& value : cases->as_array()) {
            const json::object& record = value.as_object();
            fmt::print("{:<20} {:<9} {:<22} until {}\n", std::string_view(record.at("id").as_string()),
                       std::string_view(record.at("state").as_string()),
                       std::string_view(record.at("purpose").as_string()),
                       std::string_view(record.at("expires").as_string()));
        }
    } else {
        print_members(*answer);
    }
    return kDone;
}

json::object opening(const Options& options) {
    json::object body{{"id", options.id},
                      {"purpose", options.purpose},
                      {"reason", options.reason},
                      {"hours", options.hours}};
    if (options.urgent_hours > 0) body["urgent_hours"] = options.urgent_hours;
    return body;
}

std::shared_ptr<Options> add(CLI::App& parent, const char* name, const char* text, bool of_one) {
    auto options = std::make_shared<Options>();
    CLI::App* command = parent.add_subcommand(name, text);
    options->place = add_place_options(*command);
    command->add_flag("--json", options->json, "Answer as JSON");
    if (of_one) command->add_option("id", options->id, "Case, e.g. 2026-118")->required();
    command->footer(kExamples);
    return options;
}

}  // namespace

void add_cases(CLI::App& app, int& exit_code) {
    CLI::App* cases = app.add_subcommand("cases", "Exceptions that need two people");
    cases->require_subcommand(1);
    const auto listed = add(*cases, "list", "All cases, newest first", false);
    cases->get_subcommand("list")->callback([listed, &exit_code] {
        exit_code = show(ask_server(*listed->place, "GET", "/v1/cases"), listed->json);
    });
    const auto shown = add(*cases, "show", "One case", true);
    cases->get_subcommand("show")->callback([shown, &exit_code] {
        exit_code = show(ask_server(*shown->place, "GET", "/v1/cases/" + shown->id), shown->json);
    });
    const auto opened = add(*cases, "open", "Ask for an exception", true);
    CLI::App* open = cases->get_subcommand("open");
    open->add_option("--purpose", opened->purpose, "From the closed list (docs/policy.md)")->required();
    open->add_option("--reason", opened->reason, "In your words");
    open->add_option("--hours", opened->hours, "How long it lasts once approved")
        ->check(CLI::Range(1, 8'784));
    open->add_option("--urgent-hours", opened->urgent_hours, "Begin at once, for so long without approval")
        ->check(CLI::Range(1, 48));
    open->callback([opened, &exit_code] {
        exit_code = show(ask_server(*opened->place, "POST", "/v1/cases", opening(*opened)), opened->json);
    });
    const auto approved = add(*cases, "approve", "Approve another's case", true);
    CLI::App* approve = cases->get_subcommand("approve");
    approve->add_option("--authorisation", approved->authorisation, "Reference of the decision")->required();
    approve->callback([approved, &exit_code] {
        exit_code = show(ask_server(*approved->place, "POST", "/v1/cases/" + approved->id + "/approve",
                                    {{"authorisation", approved->authorisation}}),
                         approved->json);
    });
    for (const char* step : {"refuse", "confirm", "close"}) {
        const auto options = add(*cases, step, "Decide about a case", true);
        cases->get_subcommand(step)->callback([options, step, &exit_code] {
            exit_code =
                show(ask_server(*options->place, "POST", fmt::format("/v1/cases/{}/{}", options->id, step)),
                     options->json);
        });
    }
}

}  // namespace visavis::app
