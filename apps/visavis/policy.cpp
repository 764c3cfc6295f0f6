// `visavis policy`: the parent of its subcommands, and what they share.
#include <filesystem>

#include <fmt/core.h>

#include "base/file.h"
#include "commands.h"
#include "policy/profiles.h"
#include "policy_commands.h"

namespace visavis::app {

void add_policy(CLI::App& app, int& exit_code) {
    CLI::App* policy = app.add_subcommand("policy", "Check, test, explain and choose policies");
    policy->require_subcommand(1);
    add_policy_use(*policy, exit_code);
    add_policy_check(*policy, exit_code);
    add_policy_test(*policy, exit_code);
    add_policy_explain(*policy, exit_code);
    add_policy_who_can(*policy, exit_code);
    add_policy_diff(*policy, exit_code);
}

Result<policy::PolicySources> policy_sources(const std::string& place) {
    std::error_code ignored;
    if (std::filesystem::is_directory(place, ignored)) return policy::read_policy_directory(place);
    auto profile = policy::find_profile(place);
    if (!profile)
        return fail(ErrorCode::kNotFound,
                    fmt::format("`{}` is no directory, and {}", place, profile.error().message));
    return std::move(profile->sources);
}

Result<std::shared_ptr<const policy::PolicySet>> policy_set(const std::string& place) {
    const auto sources = policy_sources(place);
    if (!sources) return std::unexpected(sources.error());
    return policy::PolicySet::compile(*sources);
}

Result<std::string> policy_table(const std::string& place) {
    std::error_code ignored;
    if (std::filesystem::is_directory(place, ignored)) {
        const auto text =
            read_file((std::filesystem::path(place) / "cases.toml").string(), policy::kMaxPolicyFileBytes);
        if (!text) return std::unexpected(text.error());
        return std::string(as_text(*text));
    }
    auto profile = policy::find_profile(place);
    if (!profile) return std::unexpected(profile.error());
    return std::move(profile->cases);
}

boost::json::object decision_json(const policy::Decision& decision) {
    boost::json::array policies(decision.policies.begin(), decision.policies.end());
    return {{"allowed", decision.allowed},
            {"policies", std::move(policies)},
            {"explanation", decision.explanation},
            {"policy_set", decision.policy_hash}};
}

}  // namespace visavis::app
