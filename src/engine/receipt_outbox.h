// A change and its receipt: both or neither. The receipt is kept by the very write that makes the change (in
// the store's outbox, beside the cases, in the sealed files of access keys and revocations), reaches the log
// when the operation ends, and is then removed; what a crash leaves behind is written at the next start.
#pragma once

#include <functional>
#include <string>

#include "base/pending_message.h"
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

/// For a change of what keeps its own messages: gives the message to be kept with it. All must outlive the
/// record, `keeper` the engine.
[[nodiscard]] MakeMessage receipt_message(Engine& engine, const Call& call, Record& record,
                                          PendingMessages& keeper);

/// A change of cases, access keys or revocations: `change` hands what it is given to them.
template <typename Answer>
[[nodiscard]] Result<Answer> change_with_receipt(
    Engine& engine, const Call& call, Record& record, PendingMessages& keeper,
    const std::function<Result<Answer>(const MakeMessage&)>& change) {
    auto answer = change(receipt_message(engine, call, record, keeper));
    if (!answer) record.undo_receipt();
    return answer;
}

/// The receipt as it stands if the operation succeeds now, into record.prepared. Whether there is one: not
/// without a recorder, nor of an operation that leaves none.
[[nodiscard]] Result<bool> prepare_receipt(Engine& engine, const Call& call, Record& record);

/// An erasure in the ledger and its receipt, in one transaction of the openings (OpeningStore::erase):
/// `erase` hands what it is given to the ledger. `receipt` is then the erasure's id, to be settled once the
/// receipt is in the log; empty if nothing was erased.
using EraseSome = std::function<Result<ledger::Erasure>(const ledger::OpeningStore::MakeReceipt&)>;
[[nodiscard]] Result<ledger::Erasure> erase_with_receipt(Engine& engine, const Call& call, Record& record,
                                                         std::string& receipt, const EraseSome& erase);

/// Writes the receipts that were left to the log, unless they are in it, and removes them. To be called at
/// start, before anything is served. Errors of store, keeper and log.
[[nodiscard]] Result<void> replay_receipts(store::Store& store, ledger::Ledger& ledger);
[[nodiscard]] Result<void> replay_receipts(PendingMessages& keeper, ledger::Ledger& ledger);

}  // namespace visavis::engine
