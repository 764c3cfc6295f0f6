#include "ledger/ledger.h"

#include <fmt/format.h>

#include "base/random.h"
#include "ledger/copy_log.h"

namespace visavis::ledger {

Result<std::unique_ptr<Ledger>> Ledger::open(LedgerOptions options, const keys::SealKey& server_key) {
    std::unique_ptr<Ledger> ledger(new Ledger(OpeningKeys(server_key), std::move(options.software)));
    auto store = OpeningStore::open(options.openings, ledger->keys_);
    if (!store) return std::unexpected(store.error());
    ledger->store_ = std::move(*store);
    LogOptions log_options;
    if (auto opened = unseal_key(options.directory, server_key); !opened)
        return std::unexpected(opened.error());
    log_options.directory = std::move(options.directory);
    log_options.origin = std::move(options.origin);
    log_options.publish_interval = options.publish_interval;
    log_options.cosigner = std::move(options.cosigner);
    log_options.on_trouble = std::move(options.on_trouble);
    log_options.replay_bytes = options.replay_bytes;
    log_options.on_replay = [&replayed = ledger->replayed_](std::uint64_t index, const JournalView& entry) {
        replayed.add(index, entry.openings);
    };
    log_options.keep_openings = [store = ledger->store_.get()](std::uint64_t first,
                                                               std::span<const JournalEntry> entries) {
        return store->keep(first, entries);
    };
    log_options.after_publishing = [store = ledger->store_.get()] { return store->finish_erasing(); };
    auto log = Log::open(std::move(log_options));
    if (!log) return std::unexpected(log.error());
    ledger->log_ = std::move(*log);
    if (auto fits = ledger->compare_store(); !fits) return std::unexpected(fits.error());
    if (ledger->log_->caught_up()) ledger->replayed_.clear();
    return ledger;
}

/// Openings are kept once a checkpoint covers them, so they can never be ahead of an honest log.
Result<void> Ledger::compare_store() {
    const auto last = store_->last();
    if (!last) return std::unexpected(last.error());
    if (!*last || **last < log_->size()) return {};
    return fail(
        ErrorCode::kInternal,
        fmt::format("the ledger has {} receipts but the openings of receipt {} are kept: receipts that "
                    "were acknowledged are gone, perhaps because an older copy of the ledger was put in "
                    "place. Put back the newest copy that verifies; going on would rewrite history",
                    log_->size(), **last));
}

Result<std::uint64_t> Ledger::append(std::vector<Prepared> prepared) {
    std::vector<JournalEntry> entries;
    entries.reserve(prepared.size());
    for (auto& one : prepared) entries.push_back(std::move(one.entry));
    return log_->append(std::move(entries));
}

Result<std::uint64_t> Ledger::add(Draft draft) {
    auto prepared = prepare(std::move(draft));
    if (!prepared) return std::unexpected(prepared.error());
    std::vector<Prepared> one;
    one.push_back(std::move(*prepared));
    return append(std::move(one));
}

/// What is only in the journal yet is looked at, too.
Result<std::optional<std::uint64_t>> Ledger::find_receipt(const std::string& id) {
    if (log_->caught_up()) {
        if (auto done = log_->publish(); !done) return std::unexpected(done.error());
        return store_->index_of(id);
    }
    const std::lock_guard guard(replayed_mutex_);
    if (const auto index = replayed_.find(id)) return index;
    return store_->index_of(id);
}

Result<std::uint64_t> Ledger::add_once(Prepared prepared) {
    const auto known = find_receipt(prepared.id);
    if (!known) return std::unexpected(known.error());
    if (*known) return **known;
    const Bytes openings = prepared.entry.openings;
    std::vector<Prepared> one;
    one.push_back(std::move(prepared));
    const auto index = append(std::move(one));
    if (!index || log_->caught_up()) return index;
    const std::lock_guard guard(replayed_mutex_);
    replayed_.add(*index, openings);
    return index;
}

/// The openings of everything acknowledged before the call are in the database.
Result<void> Ledger::all_kept() {
    if (auto ready = log_->caught_up(); !ready) return ready;
    return log_->publish();
}

Result<Openings> Ledger::openings(std::uint64_t receipt) {
    if (auto ready = log_->caught_up(); !ready) return std::unexpected(ready.error());
    auto found = store_->find(receipt);
    if (found || found.error().code != ErrorCode::kNotFound || receipt >= log_->size()) return found;
    if (auto done = log_->publish(); !done) return std::unexpected(done.error());
    return store_->find(receipt);
}

Result<std::vector<std::uint64_t>> Ledger::receipts_of(const std::string& subject) {
    if (auto done = all_kept(); !done) return std::unexpected(done.error());
    return store_->receipts_of(subject);
}

Result<std::vector<KeptVerification>> Ledger::verifications_of(std::uint64_t receipt) {
    if (auto done = all_kept(); !done) return std::unexpected(done.error());
    return store_->verifications_of(receipt);
}

Result<Erasure> Ledger::erase(std::span<const std::string> subjects,
                              const OpeningStore::MakeReceipt& make_receipt) {
    // First out of the journal, so that no replay brings anything back.
    if (auto done = all_kept(); !done) return std::unexpected(done.error());
    return store_->erase(subjects, make_receipt);
}

Result<std::vector<Hash>> Ledger::erased_since(std::uint64_t first) {
    if (auto done = all_kept(); !done) return std::unexpected(done.error());
    return store_->erased_since(first);
}

Result<Erasure> Ledger::erase_case(std::string_view case_id, const OpeningStore::MakeReceipt& make_receipt) {
    if (auto done = all_kept(); !done) return std::unexpected(done.error());
    return store_->erase_results_of(case_subject(case_id), make_receipt);
}

Result<std::uint64_t> Ledger::rotate_key(TimePoint now) {
    return log_->rotate_key([&](const SigningKey& old_key, const SigningKey& new_key) {
        Receipt receipt;
        receipt.id = random_uuid();
        receipt.operation = "RotateKey";
        receipt.start = receipt.end = now;
        receipt.software = software_;
        const std::string old_text = to_text(old_key.verifier());
        const std::string new_text = to_text(new_key.verifier());
        receipt.key = {.old_key = old_text,
                       .new_key = new_text,
                       .signature = old_key.sign(hand_over_text(old_text, new_text)).signature};
        const std::string text = to_text(receipt);
        return Bytes(text.begin(), text.end());
    });
}

}  // namespace visavis::ledger
