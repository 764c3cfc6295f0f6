// What the `visavis policy …` subcommands share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "base/error.h"
#include "policy/policy_set.h"

namespace visavis::app {

void add_policy_check(CLI::App& policy, int& exit_code);
void add_policy_test(CLI::App& policy, int& exit_code);
void add_policy_explain(CLI::App& policy, int& exit_code);
void add_policy_who_can(CLI::App& policy, int& exit_code);
void add_policy_diff(CLI::App& policy, int& exit_code);
void add_policy_use(CLI::App& policy, int& exit_code);

/// A set by the path of its directory or, where there is no such directory, by the name of a profile that
/// ships.
[[nodiscard]] Result<policy::PolicySources> policy_sources(const std::string& place);
[[nodiscard]] Result<std::shared_ptr<const policy::PolicySet>> policy_set(const std::string& place);

/// The table that belongs to it: cases.toml in the directory, or the profile's. kNotFound if there is none.
[[nodiscard]] Result<std::string> policy_table(const std::string& place);

[[nodiscard]] boost::json::object decision_json(const policy::Decision& decision);

}  // namespace visavis::app
