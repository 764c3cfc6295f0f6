#include "ledger/log.h"

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <thread>

#include <fmt/format.h>

#include "base/random.h"
#include "ledger/log_files.h"
#include "ledger/tree_builder.h"

namespace visavis::ledger {
namespace {

// Acknowledged entries held in memory until they are in tiles. Above that the disk is not keeping up (or
// full), and appending is refused rather than let memory grow.
constexpr std::size_t kMostPendingBytes = 512UL * 1024 * 1024;
constexpr std::uint64_t kReplayStep = 65'536;  // entries between two publications at start-up
constexpr std::uint64_t kRotateBytes = 4UL * 1024 * 1024;

/// Entries that wait for one sync together.
struct Batch {
    std::vector<JournalEntry> entries;
    std::vector<Hash> leaves;
    bool done{};
    Result<std::uint64_t> first{0};
    std::condition_variable finished;
};

std::size_t bytes_of(const JournalEntry& entry) {
    return entry.entry.size() + entry.openings.size() + 64;
}

}  // namespace

struct Log::State {
    explicit State(LogOptions given) : options(std::move(given)), reader(options.directory) {}

    LogOptions options;
    DirectoryReader reader;
    FileDescriptor lock;
    std::shared_mutex gate;  // shared by append(), alone for a rotation of the key

    std::mutex journal_mutex;  // guards the journal; taken before `mutex`, if both
    std::optional<Journal> journal;

    // The publishing thread's own: entries in tiles whose openings have not been handed over.
    std::vector<JournalEntry> unkept;
    std::uint64_t unkept_first{};

    mutable std::mutex mutex;  // guards everything below
    std::optional<SigningKey> key;
    SignedCheckpoint published;
    TreeBuilder tree;                // every durable entry
    std::deque<JournalEntry> tail;   // entries [published size, tree.size())
    std::vector<TileFile> complete;  // files completed and not yet written
    std::size_t tail_bytes{};
    std::shared_ptr<Batch> batch = std::make_shared<Batch>();
    std::optional<Error> stopped;       // why nothing can be appended any more
    std::optional<Error> last_trouble;  // of the last attempt to publish
    std::uint64_t publish_asked{};      // counts calls of publish()
    std::uint64_t publish_done{};
    bool closing{};         // no new entries
    bool publisher_ends{};  // after one last publication
    std::condition_variable wake_writer;
    std::condition_variable wake_publisher;
    std::condition_variable published_again;
    std::thread writer;
    std::thread publisher;

    Result<void> make_new();
    Result<void> load();
    Result<void> replay(std::uint64_t index, JournalEntry entry);
    Result<void> finish_rotation();
    void take(std::vector<JournalEntry> entries, std::span<const Hash> leaves);
    void write_loop();
    void publish_loop();
    Result<void> publish_now();
    Result<void> write_files(std::span<const TileFile> full, std::span<const TileFile> partial,
                             SignedCheckpoint next);
    Result<void> keep_openings();
    Result<void> trim(std::uint64_t covered, bool all);
    SignedCheckpoint sign(std::uint64_t size, const Hash& root) const;
    Result<void> can_append() const;
};

SignedCheckpoint Log::State::sign(std::uint64_t size, const Hash& root) const {
    SignedCheckpoint result;
    result.checkpoint = {.origin = key->verifier().name, .size = size, .root = root, .extensions = {}};
    result.note.text = to_text(result.checkpoint);
    result.note.signatures.push_back(key->sign(result.note.text));
    return result;
}

Result<void> Log::State::make_new() {
    // A crash in between leaves a directory without a checkpoint, which is made afresh.
    std::error_code error;
    std::filesystem::remove_all(options.directory + "/journal", error);
    auto fresh = Journal::create(options.directory + "/journal");
    if (!fresh) return std::unexpected(fresh.error());
    journal = std::move(*fresh);
    auto made = SigningKey::generate(options.origin.empty() ? "visavis-" + random_uuid() : options.origin);
    if (!made) return std::unexpected(made.error());
    key = std::move(*made);
    if (auto written = write_key(options.directory, *key); !written) return written;
    published = sign(0, empty_root());
    return write_checkpoint(options.directory, published.note);
}

Result<void> Log::State::load() {
    auto read = read_key(options.directory);
    if (!read) return std::unexpected(read.error());
    key = std::move(*read);
    const auto note = read_file(options.directory + "/checkpoint", kMostNoteBytes);
    if (!note) return std::unexpected(note.error());
    auto opened = open_checkpoint(as_text(*note), key->verifier());
    if (!opened) {
        // A rotation may have been cut short after the new key signed.
        const auto next = read_next_key(options.directory);
        if (!next) return std::unexpected(next.error());
        if (*next) opened = open_checkpoint(as_text(*note), (*next)->key.verifier());
    }
    if (!opened)
        return fail(ErrorCode::kInternal,
                    fmt::format("`{}/checkpoint` is damaged: {}", options.directory, opened.error().message));
    published = std::move(*opened);
    const std::uint64_t covered = published.checkpoint.size;
    auto loaded = TreeBuilder::load(reader, covered, published.checkpoint.root);
    if (!loaded)
        return fail(ErrorCode::kInternal,
                    fmt::format("the ledger `{}` is damaged: {}; put back a copy that verifies",
                                options.directory, loaded.error().message));
    tree = std::move(*loaded);
    auto opened_journal = Journal::open(
        options.directory + "/journal",
        [this](std::uint64_t index, JournalEntry entry) { return replay(index, std::move(entry)); });
    if (!opened_journal) return std::unexpected(opened_journal.error());
    journal = std::move(*opened_journal);
    if (journal->next() < covered || journal->first() > covered)
        return fail(
            ErrorCode::kInternal,
            fmt::format("the checkpoint covers {} entries but the journal holds {} to {}: entries that were "
                        "acknowledged are gone. Put back the newest copy of `{}` that verifies",
                        covered, journal->first(), journal->next(), options.directory));
    return finish_rotation();
}

Result<void> Log::State::replay(std::uint64_t index, JournalEntry entry) {
    const std::uint64_t covered = published.checkpoint.size;
    if (index >= covered) {
        if (index != tree.size())
            return fail(
                ErrorCode::kInternal,
                fmt::format(
                    "the journal begins at entry {} but the tiles end at {}: the entries between were "
                    "acknowledged and are gone",
                    index, tree.size()));
        const Hash leaf = leaf_hash(entry.entry);
        std::vector<JournalEntry> one;
        one.push_back(std::move(entry));
        take(std::move(one), std::span(&leaf, 1));
        if (tail.size() < kReplayStep) return {};
        // In steps, so that memory stays bounded however much was left.
        if (auto done = publish_now(); !done) return done;
        return keep_openings();
    }
    // Already in tiles; compared, because the journal is the only second copy.
    const TileTree tiles(reader, covered);
    const auto leaf = tiles.node(0, index);
    if (!leaf) return std::unexpected(leaf.error());
    if (*leaf != leaf_hash(entry.entry))
        return fail(ErrorCode::kInternal,
                    fmt::format("entry {} differs between the journal and the tiles", index));
    if (unkept.empty()) unkept_first = index;
    unkept.push_back(std::move(entry));
    return {};
}

Result<void> Log::State::finish_rotation() {
    const auto next = read_next_key(options.directory);
    if (!next) return std::unexpected(next.error());
    if (!*next) return {};
    const NextKey& candidate = **next;
    bool took_place = false;
    if (candidate.index < tree.size()) {
        const std::uint64_t covered = published.checkpoint.size;
        const auto entry =
            candidate.index < covered
                ? read_entry(reader, candidate.index, covered)
                : Result<Bytes>(tail[static_cast<std::size_t>(candidate.index - covered)].entry);
        if (!entry) return std::unexpected(entry.error());
        took_place = leaf_hash(*entry) == candidate.leaf;
    }
    if (took_place) key = candidate.key;
    return write_key(options.directory, *key);
}

void Log::State::take(std::vector<JournalEntry> entries, std::span<const Hash> leaves) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
        tree.add(entries[i].entry, leaves[i]);
        tail_bytes += bytes_of(entries[i]);
        tail.push_back(std::move(entries[i]));
    }
    for (auto& file : tree.take_complete()) complete.push_back(std::move(file));
}

Result<void> Log::State::can_append() const {
    if (stopped) return std::unexpected(*stopped);
    if (closing) return fail(ErrorCode::kUnavailable, "the ledger is closing");
    if (tail_bytes > kMostPendingBytes)
        return fail(ErrorCode::kUnavailable,
                    fmt::format("the ledger's tiles cannot be written: {}",
                                last_trouble ? last_trouble->message : std::string("the disk is too slow")));
    return {};
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
        }
        guard.lock();
        if (written) {
            group->first = tree.size();
            take(std::move(group->entries), group->leaves);
        } else {
            group->first = std::unexpected(written.error());
        }
        group->done = true;
        group->finished.notify_all();
    }
}

void Log::State::publish_loop() {
    std::unique_lock guard(mutex);
    for (;;) {
        wake_publisher.wait_for(guard, options.publish_interval,
                                [&] { return publisher_ends || publish_asked != publish_done; });
        const std::uint64_t asked = publish_asked;
        const bool explicitly = asked != publish_done || publisher_ends;
        const bool last = publisher_ends;
        const bool idle = tree.size() == published.checkpoint.size;
        guard.unlock();
        auto done = publish_now();
        if (done) done = keep_openings();
        if (done) done = trim(unkept_first, explicitly || idle);
        if (!done && options.on_trouble) options.on_trouble(done.error());
        guard.lock();
        last_trouble = done ? std::nullopt : std::optional(done.error());
        if (!done && done.error().code == ErrorCode::kConflict) stopped = done.error();
        publish_done = asked;
        published_again.notify_all();
        if (last) return;
    }
}

Result<void> Log::State::publish_now() {
    std::unique_lock guard(mutex);
    if (stopped) return std::unexpected(*stopped);
    const std::uint64_t covered = published.checkpoint.size;
    const std::uint64_t size = tree.size();
    const bool wants_cosigning = options.cosigner && size > 0 && published.note.signatures.size() < 2;
    const bool other_key = key->verifier().id != published.note.signatures.front().id;
    if (size == covered && !wants_cosigning && !other_key) return {};
    auto full = std::exchange(complete, {});
    const auto partial = tree.partial();
    auto next = sign(size, tree.root());
    guard.unlock();

    auto done = write_files(full, partial, std::move(next));
    guard.lock();
    if (!done) {
        // Offered again with whatever has been completed meanwhile.
        full.insert(full.end(), std::make_move_iterator(complete.begin()),
                    std::make_move_iterator(complete.end()));
        complete = std::move(full);
        return done;
    }
    if (unkept.empty()) unkept_first = covered;
    for (std::uint64_t i = covered; i < size; ++i) {
        tail_bytes -= bytes_of(tail.front());
        unkept.push_back(std::move(tail.front()));
        tail.pop_front();
    }
    return {};
}

Result<void> Log::State::write_files(std::span<const TileFile> full, std::span<const TileFile> partial,
                                     SignedCheckpoint next) {
    if (auto written = write_tiles(options.directory, full); !written) return written;
    if (auto written = write_tiles(options.directory, partial); !written) return written;
    if (options.cosigner && next.checkpoint.size > 0) {
        const TileTree tiles(reader, next.checkpoint.size);
        auto signatures = options.cosigner->cosign(next, tiles);
        if (!signatures) return std::unexpected(signatures.error());
        for (auto& signature : *signatures) next.note.signatures.push_back(std::move(signature));
    }
    if (auto written = write_checkpoint(options.directory, next.note); !written) return written;
    remove_partials_of(options.directory, full);
    const std::lock_guard guard(mutex);
    published = std::move(next);
    return {};
}

Result<void> Log::State::keep_openings() {
    if (options.keep_openings && !unkept.empty())
        if (auto kept = options.keep_openings(unkept_first, unkept); !kept) return kept;
    unkept_first += unkept.size();
    unkept.clear();
    return {};
}

Result<void> Log::State::trim(std::uint64_t covered, bool all) {
    const std::lock_guard guard(journal_mutex);
    if (all || journal->segment_bytes() >= kRotateBytes)
        if (auto rotated = journal->rotate(); !rotated) return rotated;
    return journal->trim(covered);
}

Log::Log(std::unique_ptr<State> state) : state_(std::move(state)) {
    state_->writer = std::thread([this] { state_->write_loop(); });
    state_->publisher = std::thread([this] { state_->publish_loop(); });
}

Result<std::unique_ptr<Log>> Log::open(LogOptions options) {
    if (auto made = make_private_directory(options.directory); !made) return std::unexpected(made.error());
    auto state = std::make_unique<State>(std::move(options));
    auto lock = lock_directory(state->options.directory);
    if (!lock) return std::unexpected(lock.error());
    state->lock = std::move(*lock);
    std::error_code error;
    const std::string& directory = state->options.directory;
    const bool exists = std::filesystem::exists(directory + "/checkpoint", error);
    if (!exists && std::filesystem::exists(directory + "/tile", error))
        return fail(
            ErrorCode::kInternal,
            fmt::format("`{}` holds tiles but no checkpoint: put back a copy that verifies", directory));
    if (auto ready = exists ? state->load() : state->make_new(); !ready)
        return std::unexpected(ready.error());
    state->unkept_first = state->unkept.empty() ? state->published.checkpoint.size : state->unkept_first;
    return std::unique_ptr<Log>(new Log(std::move(state)));
}

Log::~Log() {
    {
        const std::lock_guard guard(state_->mutex);
        state_->closing = true;
    }
    state_->wake_writer.notify_all();
    state_->writer.join();
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

Result<void> Log::writable() const {
    const std::lock_guard guard(state_->mutex);
    return state_->can_append();
}

Result<void> Log::publish() {
    std::unique_lock guard(state_->mutex);
    const std::uint64_t mine = ++state_->publish_asked;
    state_->wake_publisher.notify_one();
    state_->published_again.wait(guard, [&] { return state_->publish_done >= mine; });
    if (state_->last_trouble) return std::unexpected(*state_->last_trouble);
    return {};
}

std::uint64_t Log::size() const {
    const std::lock_guard guard(state_->mutex);
    return state_->tree.size();
}

SignedCheckpoint Log::checkpoint() const {
    const std::lock_guard guard(state_->mutex);
    return state_->published;
}

Result<Bytes> Log::entry(std::uint64_t index) const {
    std::unique_lock guard(state_->mutex);
    const std::uint64_t size = state_->tree.size();
    if (index >= size)
        return fail(ErrorCode::kNotFound,
                    fmt::format("receipt `{}` does not exist; there are {}", index, size));
    // Entries leave the tail from the front, when a checkpoint covers them.
    const std::uint64_t first = size - state_->tail.size();
    if (index >= first) return state_->tail[static_cast<std::size_t>(index - first)].entry;
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
    const std::uint64_t size = state_->tree.size();
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

Result<std::uint64_t> Log::rotate_key(
    const std::function<Bytes(const SigningKey& old_key, const SigningKey& new_key)>& make_entry) {
    std::uint64_t index{};
    {
        const std::unique_lock gate(state_->gate);
        std::unique_lock guard(state_->mutex);
        if (auto can = state_->can_append(); !can) return std::unexpected(can.error());
        auto fresh = SigningKey::generate(state_->key->verifier().name);
        if (!fresh) return std::unexpected(fresh.error());
        index = state_->tree.size();
        JournalEntry entry{.entry = make_entry(*state_->key, *fresh), .openings = {}};
        const Hash leaf = leaf_hash(entry.entry);
        guard.unlock();
        if (auto written =
                write_next_key(state_->options.directory, {.index = index, .leaf = leaf, .key = *fresh});
            !written)
            return std::unexpected(written.error());
        std::vector<JournalEntry> one;
        one.push_back(std::move(entry));
        {
            const std::lock_guard journal_guard(state_->journal_mutex);
            if (auto written = state_->journal->append(one); !written)
                return std::unexpected(written.error());
        }
        guard.lock();
        state_->take(std::move(one), std::span(&leaf, 1));
        state_->key = std::move(*fresh);
        if (auto written = write_key(state_->options.directory, *state_->key); !written)
            return std::unexpected(written.error());
    }
    if (auto done = publish(); !done) return std::unexpected(done.error());
    return index;
}

}  // namespace visavis::ledger
