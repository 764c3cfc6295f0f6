// AWS STS on the same endpoint: AssumeRole and GetCallerIdentity, in the query protocol (form in, XML out),
// signed for the service `sts`. https://docs.aws.amazon.com/STS/latest/APIReference/
#pragma once

#include "keys/access_keys.h"
#include "keys/sessions.h"
#include "protocol/router.h"

namespace visavis::protocol {

/// Adds `POST /`. Both must outlive the router.
void add_sts_routes(Router& router, const keys::AccessKeys& keys, const keys::Sessions& sessions);

}  // namespace visavis::protocol
