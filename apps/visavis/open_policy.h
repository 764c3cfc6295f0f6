// From settings to the policy in force: policies, principals, roles and cases of a data directory.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "config.h"
#include "data_directory.h"
#include "policy/authority.h"

namespace visavis::app {

/// Whether `listen` (host:port) is this machine only.
[[nodiscard]] bool is_loopback(std::string_view listen);

/// Where the policy of a data directory lies.
[[nodiscard]] policy::KeeperPaths policy_paths(const Config& config, const std::string& data);

/// Whether the data directory `data` has a policy, or may get one by itself at its first start.
/// kInvalidParameter, saying how to choose one, if others can reach the server and nobody has chosen.
[[nodiscard]] Result<void> policy_is_chosen(const Config& config, const std::string& data);

/// Opens all of it; thread-safe afterwards. A directory without policies gets the profile open-lab if the
/// server listens on loopback only. kInvalidParameter as policy_is_chosen says. Makes `config.zone`
/// the zone of the process; kInvalidParameter if there is no such zone. Other errors: those of Keeper::open
/// and open_case_database.
[[nodiscard]] Result<std::shared_ptr<const policy::Authority>> open_policy(const Config& config,
                                                                           const DataDirectory& data);

}  // namespace visavis::app
