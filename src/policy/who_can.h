// Who could do something: an enumeration over principals and circumstances, each put to the real policies.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/directory.h"
#include "policy/policy_set.h"

namespace visavis::policy {

struct WhoCanQuestion {
    std::vector<std::string> actions;  ///< operations; `actions_of` makes them of a group
    Collection collection;
    std::optional<std::string> sector;  ///< only principals of this sector, known and imagined
    TimePoint now{};
};

/// One combination that is allowed; the rest of the circumstances stood at their strictest reading.
struct WhoCanFinding {
    Request request;
    std::vector<std::string> policies;
    bool imagined{};  ///< no principal of the directory: one that the policies' own words would let in
};

struct WhoCanAnswer {
    std::vector<WhoCanFinding> findings;  ///< the first for each principal, action and purpose
    std::size_t tried{};
};

/// The operations of a group by its name, the operation itself, or nothing if it is neither.
[[nodiscard]] std::vector<std::string> actions_of(std::string_view group_or_action);

/// Tries every principal of the directory and, if a sector is asked for, principals that have the roles and
/// registrations whose words stand in the policies; each with every purpose and none, without a case, with an
/// urgent and with an approved one, at thresholds 0 and 100, and for enrolment with each basis; imagined ones
/// are trained. It finds counterexamples; it does not prove that there are none.
[[nodiscard]] WhoCanAnswer who_can(const PolicySet& set, const Directory& directory,
                                   const WhoCanQuestion& question);

}  // namespace visavis::policy
