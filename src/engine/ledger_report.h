// The yearly public report that laws ask for: what the system was used for, in numbers that name nobody.
#pragma once

#include <map>
#include <string>

#include "engine/governed.h"
#include "ledger/ledger.h"

namespace visavis::engine {

/// Receipts of one purpose.
struct PurposeCount {
    std::uint64_t answered{};
    std::uint64_t refused{};
    std::uint64_t failed{};
    std::uint64_t searches{};  ///< answered operations that return candidates
    std::uint64_t with_match{};
    std::uint64_t without_match{};
};

struct LedgerReport {
    TimePoint from;
    TimePoint to;  ///< not included
    std::uint64_t receipts{};
    std::map<std::string, PurposeCount>
        by_purpose;  ///< `(none)`: not bound to one; `(erased)`: openings are gone
    std::map<std::string, PurposeCount>
        by_sector;  ///< of the principal's organisation; `(none)` and `(erased)` likewise
    std::map<std::string, PurposeCount> by_operation;
    std::map<std::string, std::uint64_t> by_gallery_size;  ///< of searches: `1-99`, `100-999`, …
    std::uint64_t verified{};                              ///< judgements by persons
    std::uint64_t confirmed{};
    ledger::Checkpoint checkpoint;  ///< under which all of it can be verified
};

/// Counts the receipts that started in [from, to). kAccessDenied (policy action `Audit`). Thread-safe.
[[nodiscard]] Result<LedgerReport> ledger_report(Engine& engine, Call& call, ledger::Ledger& ledger,
                                                 TimePoint from, TimePoint to);

}  // namespace visavis::engine
