// Handing over a result: what an earlier search found is given to a recipient, by a decision of its own
// (`HandOverResult`) that leaves a receipt of its own. The recipient can check it against the log.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/governed.h"
#include "ledger/ledger.h"

namespace visavis::engine {

struct HandOverRequest {
    std::uint64_t receipt{};                ///< of the search
    std::vector<std::uint64_t> candidates;  ///< positions in its answer, from 0; empty: all
    /// The operator at the machine, who has no credential, says to whom; anybody else's credential does.
    bool local{};
    std::string recipient;  ///< of the local operator; else empty or the credential's own
};

struct HandedCandidate {
    std::uint64_t position{};
    ledger::Opening opening;  ///< id and similarity, with the salt that proves them
    std::uint64_t
        confirmed_by{};  ///< different people, besides who hands it over, whose last word is "confirmed"
};

struct HandedOver {
    std::uint64_t receipt{};  ///< of the search
    std::string recipient;
    ledger::Receipt record;               ///< of the search, as it is published
    std::vector<ledger::Opening> fields;  ///< its purpose, case, collection and probes
    std::vector<HandedCandidate> candidates;
};

/// kNotFound if the receipt or a candidate is not there, or was erased; kInvalidParameter if the receipt is
/// of no search that was answered; kAccessDenied if policy refuses (which sees the collection's recipients,
/// the credential's purpose, case and recipient, and how many others confirmed the candidate that fewest
/// did), if the search was for another purpose or case than the credential's, or if it was made in another
/// account. Thread-safe.
[[nodiscard]] Result<HandedOver> hand_over(Engine& engine, Call& call, ledger::Ledger& ledger,
                                           const HandOverRequest& request);

}  // namespace visavis::engine
