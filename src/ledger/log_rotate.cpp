// Handing a log over to a new signing key. docs/formats/ledger.md gives the order of the steps: after a crash
// between any two of them, the next start knows which key is the log's.
#include "ledger/log_state.h"

namespace visavis::ledger {

/// A crash cut a rotation short: the new key counts if and only if its entry is in the log.
Result<void> Log::State::finish_rotation(NextKey next, bool entry_is_there) {
    const bool signed_by_it = published.note.signatures.front().id == next.key.verifier().id;
    if (signed_by_it) key = next.key;
    if (signed_by_it || !entry_is_there) return write_key(options.directory, *key);
    hand_over = std::move(next);
    take_hand_over();
    return {};
}

/// From the first checkpoint that covers the entry on, the new key signs.
void Log::State::take_hand_over() {
    if (hand_over && tree.size() > hand_over->index) key = hand_over->key;
}

/// The new key's file only after a checkpoint is signed by it: `key.next` leads over the gap.
Result<void> Log::State::settle_hand_over() {
    std::unique_lock guard(mutex);
    if (!hand_over || published.checkpoint.size <= hand_over->index) return {};
    const SigningKey settled = hand_over->key;
    guard.unlock();
    if (auto written = write_key(options.directory, settled); !written) return written;
    guard.lock();
    hand_over.reset();
    return {};
}

Result<void> Log::State::settle_key() {
    std::unique_lock guard(mutex);
    const SigningKey current = *key;
    guard.unlock();
    return write_key(options.directory, current);
}

Result<std::uint64_t> Log::State::append_hand_over(const MakeHandOver& make_entry) {
    const std::unique_lock alone(gate);
    std::unique_lock guard(mutex);
    if (auto can = can_append(); !can) return std::unexpected(can.error());
    auto fresh = SigningKey::generate(key->verifier().name);
    if (!fresh) return std::unexpected(fresh.error());
    const std::uint64_t index = durable;
    std::vector<JournalEntry> one;
    one.push_back({.entry = make_entry(*key, *fresh), .openings = {}});
    const Hash leaf = leaf_hash(one.front().entry);
    guard.unlock();
    if (auto written = write_next_key(options.directory, {.index = index, .leaf = leaf, .key = *fresh});
        !written)
        return std::unexpected(written.error());
    {
        const std::lock_guard journal_guard(journal_mutex);
        if (auto written = journal->append(one); !written) return std::unexpected(written.error());
    }
    guard.lock();
    ++durable;
    take(std::move(one), std::span(&leaf, 1));
    key = std::move(*fresh);
    return index;
}

Result<std::uint64_t> Log::rotate_key(const MakeHandOver& make_entry) {
    const std::lock_guard one_at_a_time(state_->rotation);
    // What an earlier rotation could not finish comes first: `key.next` has room for one.
    if (auto done = publish(); !done) return std::unexpected(done.error());
    if (auto settled = state_->settle_key(); !settled) return std::unexpected(settled.error());
    const auto index = state_->append_hand_over(make_entry);
    if (!index) return index;
    if (auto done = publish(); !done) return std::unexpected(done.error());
    if (auto settled = state_->settle_key(); !settled) return std::unexpected(settled.error());
    return index;
}

}  // namespace visavis::ledger
