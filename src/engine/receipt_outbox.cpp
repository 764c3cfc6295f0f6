#include "engine/receipt_outbox.h"

#include "engine/engine.h"
#include "ledger/draft.h"

namespace visavis::engine {
namespace {

constexpr std::size_t kStep = 256;

}  // namespace

Result<void> leave_receipt(Engine& engine, const Call& call, Record& record,
                           store::Transaction& transaction) {
    if (engine.recorder() == nullptr) return {};
    // Kept only if the transaction commits: the operation has then succeeded.
    record.end = engine.clock().now();
    record.outcome = Outcome::kAnswered;
    auto prepared = engine.recorder()->prepare(call.caller, record);
    if (!prepared) return std::unexpected(prepared.error());
    if (prepared->empty()) return {};
    const auto message = transaction.outbox().enqueue(kReceiptMessage, *prepared);
    if (!message) return std::unexpected(message.error());
    record.prepared = std::move(*prepared);
    record.outbox_message = *message;
    return {};
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
