// The inside of a log: what its parts (opening, writing, publishing, rotating) share. Not to be included
// elsewhere.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <thread>

#include "ledger/journal_reader.h"
#include "ledger/log.h"
#include "ledger/log_files.h"
#include "ledger/tree_builder.h"

namespace visavis::ledger {

/// Entries that wait for one sync together.
struct Batch {
    std::vector<JournalEntry> entries;
    std::vector<Hash> leaves;
    bool done{};
    Result<std::uint64_t> first{0};
    std::condition_variable finished;
};

/// What an acknowledged entry takes in memory until it is in tiles.
[[nodiscard]] inline std::size_t bytes_of(const JournalEntry& entry) {
    return entry.entry.size() + entry.openings.size() + 64;
}

struct Log::State {
    explicit State(LogOptions given) : options(std::move(given)), reader(options.directory) {}

    LogOptions options;
    DirectoryReader reader;
    FileDescriptor lock;
    std::mutex rotation;     // held while the key is handed over; taken before everything else
    std::shared_mutex gate;  // shared by append(), alone for the entry of a rotation

    std::mutex journal_mutex;  // guards the journal; taken before `mutex`, if both
    std::optional<Journal> journal;

    // The publishing thread's own: entries in tiles whose openings have not been handed over.
    std::vector<JournalEntry> unkept;
    std::uint64_t unkept_first{};

    mutable std::mutex mutex;  // guards everything below
    std::optional<SigningKey> key;
    SignedCheckpoint published;
    std::uint64_t durable{};         // how many entries are in the journal or in tiles
    TreeBuilder tree;                // every durable entry; while `tiles_behind`, the published ones
    std::deque<JournalEntry> tail;   // entries [published size, tree.size())
    std::vector<TileFile> complete;  // files completed and not yet written
    std::size_t tail_bytes{};
    std::shared_ptr<Batch> batch = std::make_shared<Batch>();
    std::optional<Error> stopped;       // why nothing can be appended any more
    std::atomic<bool> has_stopped;      // the same, for who must not wait for the mutex
    std::optional<Error> last_trouble;  // of the last attempt to publish
    std::uint64_t publish_asked{};      // counts calls of publish()
    std::uint64_t publish_done{};
    // What a long journal leaves to be done after the start (log_catch_up.cpp). Both end, neither begins
    // later.
    bool tiles_behind{};               // the tree is made from the journal, not from the tail
    bool openings_behind{};            // openings are read from the journal, not from `unkept`
    std::uint64_t handed_over{};       // while `openings_behind`: those of entries below are handed over
    std::optional<NextKey> hand_over;  // of a rotation that a crash cut short after its entry
    bool closing{};                    // no new entries
    bool publisher_ends{};             // after one last publication
    std::condition_variable wake_writer;
    std::condition_variable wake_publisher;
    std::condition_variable wake_keeper;
    std::condition_variable published_again;
    bool append_failed{};  // the last one
    std::uint64_t room{};  // in the journal's segment, as far as is known; 0 after a new one has begun
    std::thread writer;
    std::thread publisher;
    std::thread keeper;  // only while `openings_behind`

    Result<void> check_unused() const;
    Result<void> make_new();
    Result<void> load();
    struct Replay;
    Result<void> finish_rotation(NextKey next, bool entry_is_there);
    void take_hand_over();
    Result<void> settle_hand_over();
    void take(std::vector<JournalEntry> entries, std::span<const Hash> leaves);
    void write_loop();
    void publish_loop();
    Result<void> publish_all(bool trim_all);
    Result<void> publish_now();
    Result<void> catch_up_tiles(JournalReader& journal_reader);
    void keep_loop();
    Result<void> keep_some(JournalReader& journal_reader, std::uint64_t end);
    [[nodiscard]] bool kept_all() const;
    [[nodiscard]] Backlog backlog() const;
    Result<void> write_files(std::span<const TileFile> full, std::span<const TileFile> partial,
                             SignedCheckpoint next, bool cosigned);
    Result<void> keep_openings();
    Result<void> trim(std::uint64_t covered, bool all);
    SignedCheckpoint sign(std::uint64_t size, const Hash& root) const;
    Result<void> can_append() const;
    Result<void> reserve_room();
    Result<void> settle_key();
    Result<std::uint64_t> append_hand_over(const MakeHandOver& make_entry);
};

}  // namespace visavis::ledger
