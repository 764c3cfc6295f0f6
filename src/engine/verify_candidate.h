// A person confirms or rejects a candidate that an earlier answer held (AI Act 14(5): two persons,
// separately).
#pragma once

#include "engine/governed.h"
#include "ledger/ledger.h"

namespace visavis::engine {

struct VerifyCandidateRequest {
    std::uint64_t receipt{};    ///< of the answer
    std::uint64_t candidate{};  ///< position in it, from 0
    bool confirmed{};           ///< false: rejected
};

struct VerifyCandidateResponse {
    std::size_t confirmed_by{};  ///< different principals whose last word was "confirmed", this one included
    std::size_t rejected_by{};
};

/// kNotFound if the receipt is not there or has no such candidate; kInvalidParameter if it is of no search;
/// kAccessDenied. The entry in the ledger names nobody in clear. Thread-safe.
[[nodiscard]] Result<VerifyCandidateResponse> verify_candidate(Engine& engine, Call& call,
                                                               ledger::Ledger& ledger,
                                                               const VerifyCandidateRequest& request);

}  // namespace visavis::engine
