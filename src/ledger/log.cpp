#include "ledger/log.h"

#include <fmt/format.h>

#include "ledger/log_state.h"

namespace visavis::ledger {
namespace {

// Acknowledged entries held in memory until they are in tiles. Above that the disk is not keeping up (or
// full), and appending is refused rather than let memory grow.
constexpr std::size_t kMostPendingBytes = 512UL * 1024 * 1024;
// Room in the journal for the receipts of what is about to be changed: set aside anew below the first.
constexpr std::uint64_t kLeastRoom = 16UL * 1024;
constexpr std::uint64_t kReservedRoom = 64UL * 1024;

std::unexpected<Error> not_ready() {
    return fail(ErrorCode::kUnavailable,
                "receipts that the last process left in the journal are still being sorted in; try again in "
                "some seconds");
}

}  // namespace

void Log::State::take(std::vector<JournalEntry> entries, std::span<const Hash> leaves) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
        tree.add(entries[i].entry, leaves[i]);
        tail_bytes += bytes_of(entries[i]);
        tail.push_back(std::move(entries[i]));
    }
    for (auto& file : tree.take_complete()) complete.push_back(std::move(file));
}

Result<void> Log::State::can_append() const {
    // For whoever asks to have something recorded the log is out of order, whatever the reason.
    if (stopped) return fail(ErrorCode::kUnavailable, stopped->message);
    if (closing) return fail(ErrorCode::kUnavailable, "the ledger is closing");
    if (tail_bytes > kMostPendingBytes)
        return fail(ErrorCode::kUnavailable,
                    fmt::format("the ledger's tiles cannot be written: {}",
                                last_trouble ? last_trouble->message : std::string("the disk is too slow")));
    return {};
}

/// So that an operation is refused before it changes anything, not when its receipt cannot be written.
Result<void> Log::State::reserve_room() {
    const std::lock_guard journal_guard(journal_mutex);
    auto reserved = journal->reserve(kReservedRoom);
    const std::lock_guard guard(mutex);
    if (reserved) append_failed = false;
    room = journal->room();
    return reserved;
}

void Log::State::write_loop() {
    std::unique_lock guard(mutex);
    for (;;) {
        wake_writer.wait(guard, [&] { return closing || !batch->entries.empty(); });
        if (batch->entries.empty()) return;
        const auto group = std::exchange(batch, std::make_shared<Batch>());
        guard.unlock();
        Result<void> written;
        {
            const std::lock_guard journal_guard(journal_mutex);
            written = journal->append(group->entries);
            const std::lock_guard noted(mutex);
            append_failed = !written;
            room = journal->room();
        }
        guard.lock();
        if (written) {
            group->first = durable;
            durable += group->entries.size();
            // While the tree is behind, it is made from the journal.
            if (!tiles_behind) take(std::move(group->entries), group->leaves);
        } else {
            group->first = std::unexpected(written.error());
        }
        group->done = true;
        group->finished.notify_all();
    }
}

Log::Log(std::unique_ptr<State> state) : state_(std::move(state)) {
    state_->writer = std::thread([this] { state_->write_loop(); });
    state_->publisher = std::thread([this] { state_->publish_loop(); });
    if (state_->openings_behind) state_->keeper = std::thread([this] { state_->keep_loop(); });
}

Log::~Log() {
    {
        const std::lock_guard guard(state_->mutex);
        state_->closing = true;
    }
    state_->wake_writer.notify_all();
    state_->wake_keeper.notify_all();
    state_->writer.join();
    if (state_->keeper.joinable()) state_->keeper.join();
    {
        const std::lock_guard guard(state_->mutex);
        state_->publisher_ends = true;
    }
    state_->wake_publisher.notify_all();
    state_->publisher.join();
}

namespace {

Result<std::vector<Hash>> leaves_of(std::span<const JournalEntry> entries) {
    if (entries.empty()) return fail(ErrorCode::kInvalidParameter, "there is nothing to append");
    std::vector<Hash> leaves;
    leaves.reserve(entries.size());
    for (const auto& entry : entries) {
        if (entry.entry.size() > kMostEntryBytes)
            return fail(ErrorCode::kInvalidParameter,
                        fmt::format("an entry of `{}` bytes is too long for the ledger, which takes {}",
                                    entry.entry.size(), kMostEntryBytes));
        leaves.push_back(leaf_hash(entry.entry));
    }
    return leaves;
}

}  // namespace

Result<std::uint64_t> Log::append(std::vector<JournalEntry> entries) {
    const std::shared_lock gate(state_->gate);
    const auto leaves = leaves_of(entries);
    if (!leaves) return std::unexpected(leaves.error());
    std::unique_lock guard(state_->mutex);
    if (auto can = state_->can_append(); !can) return std::unexpected(can.error());
    const auto batch = state_->batch;
    const std::size_t position = batch->entries.size();
    std::ranges::move(entries, std::back_inserter(batch->entries));
    batch->leaves.insert(batch->leaves.end(), leaves->begin(), leaves->end());
    if (position == 0) state_->wake_writer.notify_one();
    batch->finished.wait(guard, [&] { return batch->done; });
    if (!batch->first) return batch->first;
    return *batch->first + position;
}

bool Log::stopped() const noexcept {
    return state_->has_stopped;
}

Result<void> Log::writable() {
    {
        const std::lock_guard guard(state_->mutex);
        if (auto can = state_->can_append(); !can) return can;
        if (!state_->append_failed && state_->room >= kLeastRoom) return {};
    }
    return state_->reserve_room();
}

Result<void> Log::publish() {
    std::unique_lock guard(state_->mutex);
    const std::uint64_t mine = ++state_->publish_asked;
    state_->wake_publisher.notify_one();
    state_->published_again.wait(guard, [&] { return state_->publish_done >= mine; });
    if (state_->last_trouble) return std::unexpected(*state_->last_trouble);
    return {};
}

Backlog Log::backlog() const {
    const std::lock_guard guard(state_->mutex);
    return state_->backlog();
}

Result<void> Log::caught_up() const {
    const std::lock_guard guard(state_->mutex);
    if (!state_->tiles_behind && !state_->openings_behind) return {};
    return not_ready();
}

Result<void> Log::catch_up() {
    std::unique_lock guard(state_->mutex);
    while (state_->tiles_behind || state_->openings_behind) {
        if (state_->stopped) return std::unexpected(*state_->stopped);
        state_->published_again.wait(guard);
    }
    return {};
}

std::uint64_t Log::size() const {
    const std::lock_guard guard(state_->mutex);
    return state_->durable;
}

SignedCheckpoint Log::checkpoint() const {
    const std::lock_guard guard(state_->mutex);
    return state_->published;
}

Result<Bytes> Log::entry(std::uint64_t index) const {
    std::unique_lock guard(state_->mutex);
    const std::uint64_t size = state_->durable;
    if (index >= size)
        return fail(ErrorCode::kNotFound,
                    fmt::format("receipt `{}` does not exist; there are {}", index, size));
    if (state_->tiles_behind && index >= state_->published.checkpoint.size) return not_ready();
    // Entries leave the tail from the front, when a checkpoint covers them.
    const std::uint64_t first = size - state_->tail.size();
    if (!state_->tiles_behind && index >= first)
        return state_->tail[static_cast<std::size_t>(index - first)].entry;
    const std::uint64_t covered = state_->published.checkpoint.size;
    guard.unlock();
    return read_entry(state_->reader, index, covered);
}

Result<std::vector<Bytes>> Log::bundle(std::uint64_t bundle) const {
    const std::uint64_t covered = checkpoint().checkpoint.size;
    if (bundle * kTileWidth >= covered) return std::vector<Bytes>{};
    return read_bundle(state_->reader, bundle, covered);
}

Result<LogProof> Log::proof(std::uint64_t index) const {
    std::unique_lock guard(state_->mutex);
    const std::uint64_t size = state_->durable;
    const SignedCheckpoint published = state_->published;
    guard.unlock();
    if (index >= size)
        return fail(ErrorCode::kNotFound,
                    fmt::format("receipt `{}` does not exist; there are {}", index, size));
    if (index >= published.checkpoint.size)
        return fail(ErrorCode::kUnavailable,
                    fmt::format("no checkpoint covers receipt `{}` yet; try again in a second", index));
    const TileTree tiles(state_->reader, published.checkpoint.size);
    auto path = inclusion_proof(tiles, index, published.checkpoint.size);
    if (!path) return std::unexpected(path.error());
    return LogProof{
        .index = index, .path = std::move(*path), .checkpoint = to_text(published.note), .extra = {}};
}

VerifierKey Log::verifier() const {
    const std::lock_guard guard(state_->mutex);
    return state_->key->verifier();
}

}  // namespace visavis::ledger
