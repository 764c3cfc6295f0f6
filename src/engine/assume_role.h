// AWS STS AssumeRole: a temporary credential for what a role is for.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
#pragma once

#include <chrono>
#include <string>

#include "base/error.h"
#include "engine/call.h"
#include "keys/sessions.h"
#include "policy/roles.h"

namespace visavis::engine {

class Engine;

struct AssumeRoleRequest {
    std::string role;          ///< its name, from the end of RoleArn
    std::string session_name;  ///< RoleSessionName
    policy::SessionWish wish;  ///< from Tags and DurationSeconds
};

/// Thread-safe. The role fixes what may be wished for (policy::grant), a bound caller's own binding narrows
/// it, and the policy decides on the action AssumeRole with the purpose, case and recipient of the session. A
/// session ends no later than the key that asked for it (`parent_expires`). kAccessDenied in AWS's words
/// otherwise; a session cannot assume a role.
[[nodiscard]] Result<keys::Session> assume_role(Engine& engine, Call& call, const keys::Sessions& sessions,
                                                std::optional<TimePoint> parent_expires,
                                                const AssumeRoleRequest& request);

}  // namespace visavis::engine
