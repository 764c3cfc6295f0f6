// `/v1/receipts/{index}/handovers`: a result leaves for a recipient (engine/hand_over.h).
#pragma once

#include <memory>

#include "ledger/ledger.h"
#include "protocol/router.h"

namespace visavis::protocol {

/// Adds
///     POST /v1/receipts/{index}/handovers    {candidates: [0], recipient}
/// The answer is what the recipient is given: the search's record, and salt and value of what was found,
/// which anybody checks against the record.
void add_hand_over_routes(Router& router, std::shared_ptr<ledger::Ledger> ledger);

}  // namespace visavis::protocol
