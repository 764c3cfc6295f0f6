// `visavis policy who-can`.
#include <memory>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/clock.h"
#include "commands.h"
#include "data_directory.h"
#include "policy/collection_tags.h"
#include "policy/who_can.h"
#include "policy_commands.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis policy who-can --action identify --collection missing
  visavis policy who-can --action identify --collection c --sector law-enforcement --policy amazon-2020-moratorium
The second looks for a counterexample to "no rule lets the police identify", among known and imagined principals.
Exit 0: somebody can; 1: nobody among those tried. It tries combinations; it does not prove.
)";

struct Options {
    std::string data{DataDirectory::default_path()};
    std::string policies;
    std::string action;
    std::string collection{"some-collection"};
    std::vector<std::string> tags;
    std::string sector;
    bool json{false};
};

std::string case_word(const policy::Context& context) {
    if (!context.case_in_force) return "none";
    return context.case_in_force->urgent ? "urgent" : "approved";
}

void print_finding(const policy::WhoCanFinding& finding) {
    const policy::Request& request = finding.request;
    const policy::Context& context = request.context;
    std::string who = fmt::format("`{}`", request.principal.name);
    if (finding.imagined)
        who = fmt::format(
            "a principal of sector `{}` with role `{}`{}{}", request.principal.organisation.sector,
            request.principal.role,
            request.principal.organisation.registered_as.empty() ? "" : ", registered for everything",
            request.principal.trained_until > context.now ? ", trained" : "");
    fmt::print("{} can {}: purpose {}, case {}, threshold {}{}; by `{}`\n", who, request.action,
               context.purpose.empty() ? "none" : context.purpose, case_word(context), context.threshold,
               context.basis_kind.empty() ? "" : ", basis " + context.basis_kind,
               fmt::join(finding.policies, "`, `"));
}

boost::json::object finding_json(const policy::WhoCanFinding& finding) {
    const policy::Request& request = finding.request;
    return {{"principal", request.principal.name},
            {"imagined", finding.imagined},
            {"sector", request.principal.organisation.sector},
            {"role", request.principal.role},
            {"action", request.action},
            {"purpose", request.context.purpose},
            {"case", case_word(request.context)},
            {"threshold", request.context.threshold},
            {"basis", request.context.basis_kind},
            {"policies", boost::json::array(finding.policies.begin(), finding.policies.end())}};
}

int who_can(const Options& options) {
    policy::WhoCanQuestion question{.actions = policy::actions_of(options.action),
                                    .collection = {},
                                    .sector = {},
                                    .now = SystemClock().now()};
    if (question.actions.empty())
        return report({ErrorCode::kInvalidParameter,
                       fmt::format("`{}` is neither an action nor a group of actions", options.action)});
    policy::TagMap tags;
    for (const std::string& pair : options.tags)
        tags[pair.substr(0, pair.find('='))] = pair.contains('=') ? pair.substr(pair.find('=') + 1) : "";
    if (auto checked = policy::check_policy_tags(tags); !checked) return report(checked.error());
    question.collection = policy::collection_of_tags(options.collection, tags);
    if (!options.sector.empty()) question.sector = options.sector;
    const auto set = policy_set(options.policies.empty() ? options.data + "/policy" : options.policies);
    if (!set) return report(set.error());
    const auto directory = policy::Directory::load(options.data + "/principals.toml");
    if (!directory) return report(directory.error());

    const policy::WhoCanAnswer answer = policy::who_can(**set, *directory, question);
    if (options.json) {
        boost::json::array findings;
        for (const auto& finding : answer.findings) findings.push_back(finding_json(finding));
        print_json(boost::json::object{{"findings", std::move(findings)}, {"tried", answer.tried}});
    } else {
        for (const auto& finding : answer.findings) print_finding(finding);
        fmt::print("{} allowed among {} combinations tried\n", answer.findings.size(), answer.tried);
    }
    return answer.findings.empty() ? kNo : kDone;
}

}  // namespace

void add_policy_who_can(CLI::App& policy, int& exit_code) {
    CLI::App* command = policy.add_subcommand("who-can", "Who could do something, and by which policy");
    const auto options = std::make_shared<Options>();
    command->add_option("--action", options->action, "Operation or group (enrol, identify, verify, …)")
        ->required();
    command->add_option("--collection", options->collection, "Collection");
    command->add_option("--tag", options->tags, "Tag of the collection; repeat")->type_name("KEY=VALUE");
    command->add_option("--sector", options->sector, "Only principals of this sector, imagined ones as well");
    command->add_option("--policy", options->policies, "Directory or profile (default: DATA/policy)")
        ->type_name("PLACE");
    command->add_option("--data", options->data, "Data directory")->type_name("DIR");
    command->add_flag("--json", options->json, "Answer as JSON");
    command->footer(kExamples);
    command->callback([options, &exit_code] { exit_code = who_can(*options); });
}

}  // namespace visavis::app
