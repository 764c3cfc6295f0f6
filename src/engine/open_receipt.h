// Reveals what a receipt commits to, to someone whom policy allows; an operation with a receipt of its own.
#pragma once

#include <vector>

#include "engine/governed.h"
#include "engine/verify_candidate.h"
#include "ledger/ledger.h"

namespace visavis::engine {

struct OpenReceiptResponse {
    ledger::Receipt receipt;
    ledger::Openings openings;
    std::vector<ledger::KeptVerification> verifications;  ///< of its candidates, in order
    std::vector<CandidateState> states;                   ///< one for each candidate
    std::vector<bool> withheld;                           ///< candidates that are not shown
};

/// kNotFound if there is no such receipt or nothing is kept for it; kAccessDenied by the policy, or if the
/// credential does not reach it (check_reach). Its own receipt commits to the number of the one that was
/// opened. Candidates of a search in
/// a collection that is tagged `visavis:two-persons` are withheld (no salt, no value) until two persons have
/// confirmed them: AI Act 14(5). Thread-safe.
[[nodiscard]] Result<OpenReceiptResponse> open_receipt(Engine& engine, Call& call, ledger::Ledger& ledger,
                                                       std::uint64_t index);

}  // namespace visavis::engine
