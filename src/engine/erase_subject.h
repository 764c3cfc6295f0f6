// Erases a person from the ledger: GDPR 17. Deleting faces alone keeps what receipts committed to.
#pragma once

#include "engine/governed.h"
#include "ledger/ledger.h"

namespace visavis::engine {

struct EraseSubjectRequest {
    std::string collection;
    std::vector<std::string> ids;  ///< FaceIds and UserIds of the person
};

/// How many receipts lost openings, and how many openings. Nothing about these ids is a success, too. The
/// log's entries and proofs stay as they are. kAccessDenied; kUnavailable. Thread-safe.
[[nodiscard]] Result<ledger::Erasure> erase_subject(Engine& engine, Call& call, ledger::Ledger& ledger,
                                                    const EraseSubjectRequest& request);

}  // namespace visavis::engine
