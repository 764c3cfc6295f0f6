#include "engine/receipt_outbox.h"

#include "base/random.h"
#include "engine/engine.h"
#include "ledger/draft.h"

namespace visavis::engine {
namespace {

constexpr std::size_t kStep = 256;

Result<void> write_once(ByteView payload, ledger::Ledger& ledger) {
    auto prepared = ledger::decode_prepared(payload);
    if (!prepared) return std::unexpected(prepared.error());
    if (auto written = ledger.add_once(std::move(*prepared)); !written)
        return std::unexpected(written.error());
    return {};
}

}  // namespace

Result<bool> prepare_receipt(Engine& engine, const Call& call, Record& record) {
    if (engine.recorder() == nullptr) return false;
    record.end = engine.clock().now();
    record.outcome = Outcome::kAnswered;
    auto prepared = engine.recorder()->prepare(call.caller, record);
    if (!prepared) return std::unexpected(prepared.error());
    record.prepared = std::move(*prepared);
    return !record.prepared.empty();
}

Result<void> leave_receipt(Engine& engine, const Call& call, Record& record,
                           store::Transaction& transaction) {
    const auto prepared = prepare_receipt(engine, call, record);
    if (!prepared) return std::unexpected(prepared.error());
    if (!*prepared) return {};
    const auto message = transaction.outbox().enqueue(kReceiptMessage, record.prepared);
    if (!message) return std::unexpected(message.error());
    record.settle = [store = engine.store(), id = *message]() -> Result<void> {
        return store->write(
            [&](store::Transaction& change) { return change.outbox().remove(std::span(&id, 1)); });
    };
    return {};
}

MakeMessage receipt_message(Engine& engine, const Call& call, Record& record, PendingMessages& keeper) {
    return [&]() -> Result<std::optional<PendingMessage>> {
        const auto due = prepare_receipt(engine, call, record);
        if (!due) return std::unexpected(due.error());
        if (!*due) return std::nullopt;
        const auto prepared = ledger::decode_prepared(record.prepared);
        if (!prepared) return std::unexpected(prepared.error());
        record.settle = [&keeper, id = prepared->id] { return keeper.settle(id); };
        return PendingMessage{.id = prepared->id, .payload = record.prepared};
    };
}

Result<ledger::Erasure> erase_with_receipt(Engine& engine, const Call& call, Record& record,
                                           std::string& receipt, const EraseSome& erase) {
    auto erasure = erase([&](const ledger::Erasure& gone) -> Result<ledger::ErasureReceipt> {
        record.erasure = gone;
        const auto ready = prepare_receipt(engine, call, record);
        if (!ready) return std::unexpected(ready.error());
        if (!*ready) {
            receipt = random_uuid();
            return ledger::ErasureReceipt{.id = receipt, .prepared = {}};
        }
        auto prepared = ledger::decode_prepared(record.prepared);
        if (!prepared) return std::unexpected(prepared.error());
        receipt = prepared->id;
        return ledger::ErasureReceipt{.id = receipt, .prepared = std::move(*prepared)};
    });
    if (!erasure) {
        record.erasure.reset();
        record.undo_receipt();
        receipt.clear();
    }
    return erasure;
}

Result<void> replay_receipts(store::Store& store, ledger::Ledger& ledger) {
    for (;;) {
        const auto messages =
            store.read([](const store::Transaction& now) { return now.outbox().peek(kStep); });
        if (!messages) return std::unexpected(messages.error());
        if (messages->empty()) return {};
        std::vector<std::uint64_t> done;
        for (const auto& message : *messages) {
            if (auto written = write_once(message.payload, ledger); !written) return written;
            done.push_back(message.id);
        }
        if (auto removed =
                store.write([&](store::Transaction& change) { return change.outbox().remove(done); });
            !removed)
            return removed;
    }
}

Result<void> replay_receipts(PendingMessages& keeper, ledger::Ledger& ledger) {
    const auto messages = keeper.pending();
    if (!messages) return std::unexpected(messages.error());
    for (const PendingMessage& message : *messages) {
        if (auto written = write_once(message.payload, ledger); !written) return written;
        if (auto settled = keeper.settle(message.id); !settled) return settled;
    }
    return {};
}

}  // namespace visavis::engine
