// Erases a person: GDPR 17. Deleting faces alone keeps what receipts committed to.
#pragma once

#include <string>
#include <vector>

#include "engine/governed.h"
#include "ledger/ledger.h"

namespace visavis::engine {

struct EraseSubjectRequest {
    std::string collection;
    std::vector<std::string> ids;  ///< FaceIds and UserIds of the person
};

/// Takes the person out of the ledger's openings and, where they are still enrolled, out of the collection.
/// How many receipts lost openings, and how many openings; what uses that were under way meanwhile leave
/// about the person is erased when it arrives, and is not counted. Nothing about these ids is a success, too.
/// The log's entries and proofs stay as they are. Openings and receipt are one transaction; what a crash
/// leaves undone, finish_erasures() does at the next start. kAccessDenied; kUnavailable. Thread-safe.
[[nodiscard]] Result<ledger::Erasure> erase_subject(Engine& engine, Call& call, ledger::Ledger& ledger,
                                                    const EraseSubjectRequest& request);

/// Ends the erasures that a crash cut short. To be called at start, before anything is served. How many there
/// were.
[[nodiscard]] Result<std::size_t> finish_erasures(Engine& engine, ledger::Ledger& ledger);

}  // namespace visavis::engine
