#include "engine/receipt_outbox.h"

#include "base/random.h"
#include "engine/engine.h"
#include "ledger/draft.h"

namespace visavis::engine {
namespace {

constexpr std::size_t kStep = 256;

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
    record.outbox_message = *message;
    return {};
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
        record.prepared.clear();
        receipt.clear();
    }
    return erasure;
}

Result<std::size_t> replay_receipts(store::Store& store, ledger::Ledger& ledger) {
    std::size_t count = 0;
    for (;;) {
        const auto messages =
            store.read([](const store::Transaction& now) { return now.outbox().peek(kStep); });
        if (!messages) return std::unexpected(messages.error());
        if (messages->empty()) return count;
        std::vector<std::uint64_t> done;
        for (const auto& message : *messages) {
            auto prepared = ledger::decode_prepared(message.payload);
            if (!prepared) return std::unexpected(prepared.error());
            if (auto written = ledger.add_once(std::move(*prepared)); !written)
                return std::unexpected(written.error());
            done.push_back(message.id);
        }
        if (auto removed =
                store.write([&](store::Transaction& change) { return change.outbox().remove(done); });
            !removed)
            return std::unexpected(removed.error());
        count += done.size();
    }
}

}  // namespace visavis::engine
