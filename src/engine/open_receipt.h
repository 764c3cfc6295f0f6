// Reveals what a receipt commits to, to someone whom policy allows; an operation with a receipt of its own.
#pragma once

#include "engine/governed.h"
#include "ledger/ledger.h"

namespace visavis::engine {

struct OpenReceiptResponse {
    ledger::Receipt receipt;
    ledger::Openings openings;
    std::vector<ledger::KeptVerification> verifications;  ///< of its candidates, in order
};

/// kNotFound if there is no such receipt or nothing is kept for it; kAccessDenied. Thread-safe.
[[nodiscard]] Result<OpenReceiptResponse> open_receipt(Engine& engine, Call& call, ledger::Ledger& ledger,
                                                       std::uint64_t index);

}  // namespace visavis::engine
