// Working off what a long journal holds at start, beside the log's daily work: first tiles and checkpoints,
// on the publishing thread; then openings, which take longer, on a thread of their own. Both read the
// journal, so that memory stays bounded however much was left; a crash meanwhile repeats it.
#include "ledger/log_state.h"

namespace visavis::ledger {
namespace {

// Large: the ways from people to receipts are sorted in each part, and the fewer parts there are, the fewer
// pages of that table are written again and again.
constexpr std::size_t kOpeningsStepBytes = 256UL * 1024 * 1024;
constexpr std::chrono::seconds kPauseInTrouble{1};

}  // namespace

Backlog Log::State::backlog() const {
    return {.tiles = tiles_behind ? durable - published.checkpoint.size : 0,
            .openings = openings_behind ? durable - handed_over : 0};
}

bool Log::State::kept_all() const {
    return openings_behind && !tiles_behind && handed_over == published.checkpoint.size;
}

/// One step: at most replay_bytes of the journal into tiles, and a checkpoint that covers them.
Result<void> Log::State::catch_up_tiles(JournalReader& journal_reader) {
    std::unique_lock guard(mutex);
    const std::uint64_t end = durable;
    guard.unlock();
    if (journal_reader.next() < end) {
        const auto entries = journal_reader.read(end, options.replay_bytes);
        if (!entries) return std::unexpected(entries.error());
        std::vector<Hash> leaves;
        leaves.reserve(entries->size());
        for (const auto& entry : *entries) leaves.push_back(leaf_hash(entry.entry));
        guard.lock();
        for (std::size_t i = 0; i < leaves.size(); ++i) tree.add((*entries)[i].entry, leaves[i]);
        for (auto& file : tree.take_complete()) complete.push_back(std::move(file));
        guard.unlock();
    }
    // Also after an earlier attempt that failed.
    if (auto done = publish_now(); !done) return done;
    if (auto done = settle_hand_over(); !done) return done;
    guard.lock();
    // Writers that are between the journal and here find the tree caught up, and add to it themselves.
    if (tree.size() == durable) tiles_behind = false;
    const std::uint64_t needed_from = openings_behind ? handed_over : unkept_first;
    guard.unlock();
    return trim(needed_from, false);
}

void Log::State::keep_loop() {
    JournalReader journal_reader(options.directory + "/journal", handed_over);
    std::unique_lock guard(mutex);
    while (openings_behind && !closing) {
        const std::uint64_t end = published.checkpoint.size;
        // Tiles first: outsiders wait for those, and the two would only slow each other down.
        if (tiles_behind || handed_over == end) {
            wake_publisher.notify_one();
            wake_keeper.wait(guard);
            continue;
        }
        guard.unlock();
        const auto done = keep_some(journal_reader, end);
        if (!done && options.on_trouble) options.on_trouble(done.error());
        guard.lock();
        if (!done) wake_keeper.wait_for(guard, kPauseInTrouble, [&] { return closing; });
    }
}

Result<void> Log::State::keep_some(JournalReader& journal_reader, std::uint64_t end) {
    const std::uint64_t first = journal_reader.next();
    const auto entries = journal_reader.read(end, kOpeningsStepBytes);
    if (!entries) return std::unexpected(entries.error());
    if (auto done = options.keep_openings(first, *entries); !done) {
        journal_reader = JournalReader(options.directory + "/journal", first);
        return done;
    }
    const std::lock_guard guard(mutex);
    handed_over = journal_reader.next();
    return {};
}

}  // namespace visavis::ledger
