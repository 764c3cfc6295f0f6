// `/v1/retention`: how long faces stay, and what is due (engine/retention.h).
#pragma once

#include "protocol/router.h"

namespace visavis::protocol {

/// Adds
///     GET  /v1/retention         every collection of the account: its rule, who is due, when the next is
///     POST /v1/retention/sweep   deletes now whoever is due
/// Each is a decision of the policy (RetentionStatus, SweepRetention) and leaves a receipt, as does each
/// batch of deletions.
void add_retention_routes(Router& router);

}  // namespace visavis::protocol
