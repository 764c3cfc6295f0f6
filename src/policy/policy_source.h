// What is checked and read before Cedar sees any of it.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "policy/request_json.h"

namespace visavis::policy {

/// kInvalidParameter, `name:line: …`, if brackets nest deeper than kMaxPolicyNesting or one statement is
/// longer than 32 KiB. Strings and comments do not count.
[[nodiscard]] Result<void> check_nesting(std::string_view name, std::string_view text);

/// The `dates` of a parameters.toml: local dates, or date-times in UTC. kInvalidParameter for anything else
/// in it.
[[nodiscard]] Result<Dates> parse_parameters(std::string_view text);

}  // namespace visavis::policy
