// `visavis retention`: how long faces stay (docs/policy.md).
#include <fmt/core.h>

#include "commands.h"
#include "governance_client.h"

namespace visavis::app {
namespace {

namespace json = boost::json;

constexpr const char* kExamples = R"(
Examples:
  visavis retention status            # each collection: its rule, who is due, when the next is
  visavis retention sweep --dry-run   # what a sweep would delete
  visavis retention sweep             # delete it now; a running server does so by itself every minute

A collection's tags say how long: visavis:retention-days=1095 counts from each person's last interaction (enrolment;
a search renews nothing), visavis:purpose-met=2027-03-31 ends all of it on that day.
)";

struct Options {
    std::shared_ptr<PlaceOptions> place;
    bool json{false};
    bool dry_run{false};
};

std::uint64_t number(const json::object& object, const char* name) {
    return object.at(name).to_number<std::uint64_t>();
}

std::string text(const json::object& object, const char* name) {
    const json::value* found = object.if_contains(name);
    return found == nullptr ? std::string() : std::string(found->as_string());
}

std::string rule(const json::object& one) {
    std::string words;
    if (const auto days = number(one, "retention_days"); days > 0) words = fmt::format("{} days", days);
    if (const std::string met = text(one, "purpose_met"); !met.empty())
        words += fmt::format("{}until {}", words.empty() ? "" : ", ", met.substr(0, 10));
    return words.empty() ? "no end" : words;
}

void print_status(const json::object& answer) {
    fmt::print("{:<24} {:<26} {:>9} {:>9}  {:<20}  {}\n", "collection", "kept for", "faces", "due",
               "next due", "last sweep");
    for (const json::value& item : answer.at("collections").as_array()) {
        const json::object& one = item.as_object();
        const json::value* last = one.if_contains("last_sweep");
        fmt::print("{:<24} {:<26} {:>9} {:>9}  {:<20}  {}\n", text(one, "collection"), rule(one),
                   number(one, "faces"), number(one, "due_faces"), text(one, "next_due"),
                   last == nullptr ? "never"
                                   : fmt::format("{}, {} faces deleted", text(last->as_object(), "at"),
                                                 number(last->as_object(), "faces")));
    }
}

int status(const Options& options) {
    const auto answer = ask_server(*options.place, "GET", "/v1/retention");
    if (!answer) return report(answer.error());
    if (options.json)
        print_json(*answer);
    else
        print_status(*answer);
    return kDone;
}

int sweep(const Options& options) {
    auto answer = options.dry_run ? ask_server(*options.place, "GET", "/v1/retention")
                                  : ask_server(*options.place, "POST", "/v1/retention/sweep");
    if (!answer) return report(answer.error());
    json::array swept;
    for (const json::value& item : answer->at("collections").as_array()) {
        const json::object& one = item.as_object();
        const auto faces = number(one, options.dry_run ? "due_faces" : "faces");
        const auto users = number(one, options.dry_run ? "due_users" : "users");
        if (options.dry_run && faces + users == 0) continue;
        swept.push_back({{"collection", one.at("collection")}, {"faces", faces}, {"users", users}});
        if (!options.json)
            fmt::print("{:<24} {} {} faces and {} users\n", text(one, "collection"),
                       options.dry_run ? "would delete" : "deleted", faces, users);
    }
    if (options.json)
        print_json(json::object{{"dry_run", options.dry_run}, {"collections", std::move(swept)}});
    else if (swept.empty())
        fmt::print("{}\n", options.dry_run ? "Nobody is due." : "No collection has a rule.");
    return kDone;
}

std::shared_ptr<Options> add(CLI::App& parent, const char* name, const char* text) {
    auto options = std::make_shared<Options>();
    CLI::App* command = parent.add_subcommand(name, text);
    options->place = add_place_options(*command);
    command->add_flag("--json", options->json, "Answer as JSON");
    command->footer(kExamples);
    return options;
}

}  // namespace

void add_retention(CLI::App& app, int& exit_code) {
    CLI::App* retention = app.add_subcommand("retention", "How long faces stay, and what is due");
    retention->require_subcommand(1);
    const auto shown = add(*retention, "status", "Each collection's rule and who is due");
    retention->get_subcommand("status")->callback([shown, &exit_code] { exit_code = status(*shown); });
    const auto swept = add(*retention, "sweep", "Delete whoever is due, now");
    CLI::App* command = retention->get_subcommand("sweep");
    command->add_flag("--dry-run", swept->dry_run, "Only say what would go");
    command->callback([swept, &exit_code] { exit_code = sweep(*swept); });
}

}  // namespace visavis::app
