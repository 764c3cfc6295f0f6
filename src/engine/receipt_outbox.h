// A change of the store and its receipt: both or neither. The receipt is kept in the outbox by the very
// transaction that makes the change, reaches the log when the operation ends, and is then removed; what a
// crash leaves in the outbox is written at the next start.
#pragma once

#include "engine/governed.h"
#include "ledger/ledger.h"
#include "store/store.h"

namespace visavis::engine {

inline constexpr std::string_view kReceiptMessage = "receipt";

/// To be called last in a transaction that changes something; `record` must be filled in by then:
///
///     store.write([&](Transaction& change) -> Result<T> { …; if (auto kept = leave_receipt(engine, call,
///     record, change); !kept) return std::unexpected(kept.error()); return answer; });
///
/// Nothing happens if the engine has no recorder or the operation leaves no receipt. An error undoes the
/// change.
[[nodiscard]] Result<void> leave_receipt(Engine& engine, const Call& call, Record& record,
                                         store::Transaction& transaction);

/// Writes the receipts in the outbox to the log, unless they are in it, and removes them. To be called at
/// start, before anything is served. How many there were; errors of store and log.
[[nodiscard]] Result<std::size_t> replay_receipts(store::Store& store, ledger::Ledger& ledger);

}  // namespace visavis::engine
