// Opening a log: making a new one, or replaying what a crash has left.
#include <filesystem>

#include <fmt/format.h>

#include "base/random.h"
#include "ledger/log_state.h"

namespace visavis::ledger {
namespace {

constexpr std::uint64_t kReplayStep = 65'536;  // entries between two publications at start-up

}  // namespace

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

}  // namespace visavis::ledger
