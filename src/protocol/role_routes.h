// `/v1/roles`: the roles in force, and an end to the sessions that were given for one. `/v1/policy/reload`.
#pragma once

#include "keys/sessions.h"
#include "protocol/router.h"

namespace visavis::protocol {

/// Adds
///     GET  /v1/roles
///     POST /v1/roles/{name}/revoke-sessions   every session of the role that was issued until now
///     POST /v1/sessions/{id}/revoke           one session, by its access key id
///     GET  /v1/policy                         hash, number of rules and warnings of the set in force
///     POST /v1/policy/reload                  as SIGHUP: a bad set never replaces a good one
/// Each is a decision of the policy and leaves a receipt. `sessions` must outlive the router.
void add_role_routes(Router& router, keys::Sessions& sessions);

}  // namespace visavis::protocol
