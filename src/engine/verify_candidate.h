// A person confirms or rejects a candidate that an earlier answer held (AI Act 14(5): two persons,
// separately).
#pragma once

#include <string_view>
#include <vector>

#include "engine/governed.h"
#include "ledger/ledger.h"

namespace visavis::engine {

struct VerifyCandidateRequest {
    std::uint64_t receipt{};    ///< of the answer
    std::uint64_t candidate{};  ///< position in it, from 0
    bool confirmed{};           ///< false: rejected
};

/// What people have said of a candidate. Different principals count, each with its last word; a principal is
/// taken for a person, so people must not share keys.
struct CandidateState {
    std::size_t confirmed_by{};
    std::size_t rejected_by{};

    /// `rejected` if anybody says so; else `unverified`, `one` or `two` (or more) confirmations.
    [[nodiscard]] std::string_view name() const noexcept {
        if (rejected_by > 0) return "rejected";
        return confirmed_by == 0 ? "unverified" : confirmed_by == 1 ? "one" : "two";
    }
    /// What a collection tagged `visavis:two-persons` demands.
    [[nodiscard]] bool confirmed_by_two() const noexcept { return rejected_by == 0 && confirmed_by >= 2; }
};

/// One for each candidate of a receipt, in its order. kNotFound if there is no such receipt;
/// kInvalidParameter if it is of no search. Reveals nobody. Thread-safe.
[[nodiscard]] Result<std::vector<CandidateState>> candidate_states(ledger::Ledger& ledger,
                                                                   std::uint64_t receipt);

/// The same for a caller: policy decides on `Audit`, and the reading leaves a receipt. kAccessDenied besides.
[[nodiscard]] Result<std::vector<CandidateState>> read_candidate_states(Engine& engine, Call& call,
                                                                        ledger::Ledger& ledger,
                                                                        std::uint64_t receipt);

/// The candidate's state afterwards, this judgement included. kNotFound if the receipt is not there or has no
/// such candidate; kInvalidParameter if it is of no search; kAccessDenied. The entry in the ledger names
/// nobody in clear. Thread-safe.
[[nodiscard]] Result<CandidateState> verify_candidate(Engine& engine, Call& call, ledger::Ledger& ledger,
                                                      const VerifyCandidateRequest& request);

}  // namespace visavis::engine
