// `visavis policy check`.
#include <memory>

#include <fmt/core.h>

#include "commands.h"
#include "policy_commands.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis policy check data/policy          # exit 0: valid; 1: not valid, each mistake with file and line
  visavis policy check eu-ai-act --json     # a profile that ships
)";

int check(const std::string& place, bool json) {
    const auto sources = policy_sources(place);
    if (!sources) return report(sources.error());
    const auto set = policy::PolicySet::compile(*sources);
    if (!set) {
        if (json)
            print_json(boost::json::object{{"valid", false}, {"errors", set.error().message}});
        else
            fmt::print("not valid:\n{}\n", set.error().message);
        return kNo;
    }
    const policy::PolicySet& valid = **set;
    if (json) {
        boost::json::array warnings(valid.warnings().begin(), valid.warnings().end());
        print_json(boost::json::object{{"valid", true},
                                       {"policies", valid.policies().size()},
                                       {"hash", valid.hash()},
                                       {"warnings", std::move(warnings)}});
        return kDone;
    }
    for (const std::string& warning : valid.warnings()) fmt::print("warning: {}\n", warning);
    fmt::print("valid: {} policies, the floor among them; hash {}\n", valid.policies().size(), valid.hash());
    return kDone;
}

}  // namespace

void add_policy_check(CLI::App& policy, int& exit_code) {
    CLI::App* command = policy.add_subcommand("check", "Validate a directory of policies, and warn");
    const auto place = std::make_shared<std::string>();
    const auto json = std::make_shared<bool>(false);
    command->add_option("policies", *place, "Directory with *.cedar, or the name of a profile")->required();
    command->add_flag("--json", *json, "Answer as JSON");
    command->footer(kExamples);
    command->callback([place, json, &exit_code] { exit_code = check(*place, *json); });
}

}  // namespace visavis::app
