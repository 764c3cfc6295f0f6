// `/v1/cases`: exceptions that need two people (policy/cases.h).
#pragma once

#include "protocol/router.h"

namespace visavis::protocol {

/// Adds
///     GET  /v1/cases                      all, newest first
///     POST /v1/cases                      {id, purpose, reason, hours, urgent_hours}
///     GET  /v1/cases/{id}
///     POST /v1/cases/{id}/approve         {authorisation}
///     POST /v1/cases/{id}/refuse, …/confirm, …/close
/// Each is a decision of the policy and leaves a receipt; who acts is who signed.
void add_case_routes(Router& router);

}  // namespace visavis::protocol
