// `visavis policy diff`.
#include <map>
#include <memory>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "commands.h"
#include "policy/case_table.h"
#include "policy_commands.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis policy diff data/policy new-policy     # rules that differ, and decisions that change
  visavis policy diff open-lab eu-ai-act --json
Decisions are compared over the rows of both sets' cases.toml. Exit 0: no difference; 1: some.
)";

using ById = std::map<std::string, const policy::PolicyInfo*>;

ById by_id(const policy::PolicySet& set) {
    ById made;
    for (const policy::PolicyInfo& policy : set.policies()) made.emplace(policy.id, &policy);
    return made;
}

struct Differences {
    std::vector<std::string> rules;
    std::vector<std::string> decisions;
};

void compare_rules(const policy::PolicySet& a, const policy::PolicySet& b, Differences& found) {
    const ById before = by_id(a);
    const ById after = by_id(b);
    for (const auto& [id, policy] : before) {
        const auto other = after.find(id);
        if (other == after.end())
            found.rules.push_back(fmt::format("- {} `{}`", policy->permits ? "permit" : "forbid", id));
        else if (other->second->text != policy->text)
            found.rules.push_back(fmt::format("~ {} `{}`", other->second->permits ? "permit" : "forbid", id));
    }
    for (const auto& [id, policy] : after)
        if (!before.contains(id))
            found.rules.push_back(fmt::format("+ {} `{}`", policy->permits ? "permit" : "forbid", id));
    if (a.dates() != b.dates()) found.rules.emplace_back("~ parameters.toml");
}

std::string words(const policy::Decision& decision) {
    return fmt::format(
        "{} by {}", decision.allowed ? "allow" : "deny",
        decision.policies.empty() ? "default" : fmt::format("{}", fmt::join(decision.policies, ", ")));
}

Result<void> compare_decisions(const std::string& place, const policy::PolicySet& a,
                               const policy::PolicySet& b, Differences& found) {
    const auto text = policy_table(place);
    if (!text && text.error().code == ErrorCode::kNotFound) return {};
    if (!text) return std::unexpected(text.error());
    const auto rows = policy::parse_table(*text, place + "/cases.toml");
    if (!rows) return std::unexpected(rows.error());
    for (const policy::TableRow& row : *rows) {
        const policy::Decision before = a.authorise(row.request);
        const policy::Decision after = b.authorise(row.request);
        if (before.allowed != after.allowed)
            found.decisions.push_back(fmt::format("{}: {} -> {}", row.name, words(before), words(after)));
    }
    return {};
}

int diff(const std::string& first, const std::string& second, bool json) {
    const auto a = policy_set(first);
    if (!a) return report(a.error());
    const auto b = policy_set(second);
    if (!b) return report(b.error());
    Differences found;
    compare_rules(**a, **b, found);
    for (const std::string& place : {first, second})
        if (auto compared = compare_decisions(place, **a, **b, found); !compared)
            return report(compared.error());
    if (json) {
        boost::json::array rules(found.rules.begin(), found.rules.end());
        boost::json::array decisions(found.decisions.begin(), found.decisions.end());
        print_json(boost::json::object{{"rules", std::move(rules)}, {"decisions", std::move(decisions)}});
    } else {
        for (const std::string& line : found.rules) fmt::print("{}\n", line);
        if (!found.decisions.empty()) fmt::print("\nDecisions that change:\n");
        for (const std::string& line : found.decisions) fmt::print("  {}\n", line);
    }
    return found.rules.empty() && found.decisions.empty() ? kDone : kNo;
}

}  // namespace

void add_policy_diff(CLI::App& policy, int& exit_code) {
    CLI::App* command =
        policy.add_subcommand("diff", "Rules that differ between two sets, and decisions that change");
    const auto first = std::make_shared<std::string>();
    const auto second = std::make_shared<std::string>();
    const auto json = std::make_shared<bool>(false);
    command->add_option("a", *first, "Directory or profile")->required();
    command->add_option("b", *second, "Directory or profile")->required();
    command->add_flag("--json", *json, "Answer as JSON");
    command->footer(kExamples);
    command->callback([first, second, json, &exit_code] { exit_code = diff(*first, *second, *json); });
}

}  // namespace visavis::app
