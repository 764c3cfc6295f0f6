// The sets of policies that ship inside the binary (policies/ in the source tree).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "policy/policy_set.h"

namespace visavis::policy {

/// The set of the first start on loopback.
inline constexpr std::string_view kDefaultProfile = "open-lab";

struct Profile {
    std::string name;
    PolicySources sources;
    std::string cases;  ///< its cases.toml (case_table.h)
};

/// By name.
[[nodiscard]] const std::vector<Profile>& profiles();

/// kNotFound, naming those there are.
[[nodiscard]] Result<Profile> find_profile(std::string_view name);

/// Cedar text that is part of every set: what no profile can loosen.
[[nodiscard]] std::string_view floor_policy();

/// Writes the profile's files into `directory` (made if missing), each 0600. kUnavailable if the disk says
/// no.
[[nodiscard]] Result<void> write_profile(const Profile& profile, const std::string& directory);

}  // namespace visavis::policy
