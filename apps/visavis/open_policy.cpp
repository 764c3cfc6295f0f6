#include "open_policy.h"

#include <cstdlib>
#include <ctime>
#include <filesystem>

#include <fmt/format.h>

#include "policy/case_database.h"
#include "policy/profiles.h"

namespace visavis::app {
namespace {

Result<void> set_zone(const std::string& zone) {
    const bool plain = !zone.empty() && !zone.starts_with('/') && !zone.contains("..");
    if (zone != "UTC" && (!plain || !std::filesystem::exists("/usr/share/zoneinfo/" + zone)))
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` is no time zone that this machine knows; Europe/Zurich is one", zone));
    setenv("TZ", zone.c_str(), 1);
    tzset();
    return {};
}

bool may_choose(const Config& config) {
    return config.policy.empty() && is_loopback(config.listen);
}

}  // namespace

bool is_loopback(std::string_view listen) {
    const std::string_view host = listen.substr(0, listen.rfind(':'));
    return host.starts_with("127.") || host == "localhost" || host == "[::1]";
}

policy::KeeperPaths policy_paths(const Config& config, const std::string& data) {
    return {.policies = config.policy.empty() ? data + "/policy" : config.policy,
            .history = data + "/policy/history",
            .principals = data + "/principals.toml",
            .roles = data + "/roles.toml"};
}

Result<void> policy_is_chosen(const Config& config, const std::string& data) {
    const std::string directory = policy_paths(config, data).policies;
    std::error_code problem;  // is told by whoever reads the policies
    if (may_choose(config) || std::filesystem::exists(directory, problem) || problem) return {};
    return fail(ErrorCode::kInvalidParameter,
                fmt::format("the policy directory `{}` does not exist; a server that others reach needs one: "
                            "choose with `visavis policy use PROFILE --data {}`",
                            directory, data));
}

Result<std::shared_ptr<const policy::Authority>> open_policy(const Config& config,
                                                             const DataDirectory& data) {
    if (auto known = set_zone(config.zone); !known) return std::unexpected(known.error());
    if (auto chosen = policy_is_chosen(config, data.path()); !chosen) return std::unexpected(chosen.error());
    auto keeper = policy::Keeper::open(policy_paths(config, data.path()),
                                       may_choose(config) ? policy::kDefaultProfile : std::string_view{});
    if (!keeper) return std::unexpected(keeper.error());
    auto repository = policy::open_case_database(data.file("policy.db"));
    if (!repository) return std::unexpected(repository.error());
    const auto clock = std::make_shared<SystemClock>();
    auto cases = std::make_shared<policy::Cases>(std::move(*repository), clock);
    return std::make_shared<const policy::Authority>(std::move(*keeper), std::move(cases), clock);
}

}  // namespace visavis::app
