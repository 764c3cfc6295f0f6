// The ledger over HTTP: what everybody may read (`/ledger/…`, records and proofs), and what policy guards
// (opening receipts, judging candidates, erasing a person).
#pragma once

#include <memory>
#include <string>

#include "ledger/ledger.h"
#include "protocol/router.h"

namespace visavis::protocol {

/// Adds the routes:
///
///     GET  /ledger/checkpoint                 public; the newest checkpoint
///     GET  /ledger/log.vkey                   public; the verifier key
///     GET  /ledger/tile/{path...}             public; cacheable for ever
///     GET  /v1/receipts/{index}               public; the record, byte for byte as in the log
///     GET  /v1/receipts/{index}/proof         public; a tlog-proof; before its checkpoint 503
///     POST /v1/receipts/{index}/open          policy action OpenReceipt
///     POST /v1/receipts/{index}/verifications policy action VerifyCandidate;
///                                             {"candidate": 0, "verdict": "confirmed"}
///     GET  /v1/receipts/{index}/verifications signed by any key; what people have said of each candidate
///     POST /v1/subjects/erase                 policy action EraseSubject; {"collection": "…", "ids": ["…"]}
///     GET  /v1/subjects/{collection}/{id}     policy action OpenReceipt; which receipts concern this person
///     GET  /v1/ledger/report?from=…&to=…      policy action Audit; days such as 2026-01-31, both included
///     POST /v1/ledger/rotate-key              the operator at this machine only
///
/// What is not there is 404. 503 with Retry-After: it will be there by itself, e.g. once what a crash left in
/// the journal is worked off. `directory` is the log's.
void add_ledger_routes(Router& router, const std::shared_ptr<ledger::Ledger>& ledger,
                       const std::string& directory);

}  // namespace visavis::protocol
