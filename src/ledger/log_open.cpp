// Opening a log: making a new one, or replaying what a crash has left.
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/random.h"
#include "ledger/log_state.h"

namespace visavis::ledger {
/// What the journal holds at start: taken into memory while it fits, otherwise only checked and counted.
struct Log::State::Replay {
    Replay(State& given, std::optional<NextKey> rotation)
        : state_(given), covered_(given.durable), loaded_(given.tree), next_(std::move(rotation)) {}

    Result<void> take(std::uint64_t index, const JournalView& view) {
        if (state_.options.on_replay) state_.options.on_replay(index, view);
        if (first_of_all_) state_.handed_over = index;
        first_of_all_ = false;
        const Hash leaf = leaf_hash(view.entry);
        if (next_ && next_->index == index) rotated = leaf == next_->leaf;
        return index < covered_ ? compare(index, view, leaf) : add(index, view, leaf);
    }

  private:
    /// Already in tiles; compared, because the journal is the only second copy.
    Result<void> compare(std::uint64_t index, const JournalView& view, const Hash& leaf) {
        if (!tile_ || index / kTileWidth != tile_index_) tile_.emplace(state_.reader, covered_);
        tile_index_ = index / kTileWidth;
        const auto known = tile_->node(0, index);
        if (!known) return std::unexpected(known.error());
        if (*known != leaf)
            return fail(ErrorCode::kInternal,
                        fmt::format("entry {} differs between the journal and the tiles", index));
        if (!state_.options.keep_openings || state_.openings_behind) return {};
        state_.unkept.push_back(view.copy());
        unkept_bytes_ += bytes_of(state_.unkept.back());
        if (unkept_bytes_ > state_.options.replay_bytes) leave_openings();
        return {};
    }

    Result<void> add(std::uint64_t index, const JournalView& view, const Hash& leaf) {
        if (index != state_.durable)
            return fail(
                ErrorCode::kInternal,
                fmt::format(
                    "the journal begins at entry {} but the tiles end at {}: the entries between were "
                    "acknowledged and are gone",
                    index, state_.durable));
        ++state_.durable;
        if (state_.tiles_behind) return {};
        std::vector<JournalEntry> one;
        one.push_back(view.copy());
        state_.take(std::move(one), std::span(&leaf, 1));
        if (unkept_bytes_ + state_.tail_bytes <= state_.options.replay_bytes) return {};
        state_.tiles_behind = true;
        state_.tree = loaded_;
        state_.tail.clear();
        state_.tail_bytes = 0;
        state_.complete.clear();
        if (state_.options.keep_openings) leave_openings();
        return {};
    }

    void leave_openings() {
        state_.openings_behind = true;
        state_.unkept.clear();
        unkept_bytes_ = 0;
    }

    State& state_;
    std::uint64_t covered_;
    TreeBuilder loaded_;
    std::optional<NextKey> next_;
    std::optional<TileTree> tile_;  // of the entry that was compared last
    std::uint64_t tile_index_{};
    std::size_t unkept_bytes_{};
    bool first_of_all_{true};

  public:
    bool rotated{};
};

/// Only a crash while the log was made leaves none of these: whatever else has no checkpoint has lost it.
Result<void> Log::State::check_unused() const {
    const auto lost = [&](std::string_view what) {
        return fail(ErrorCode::kInternal,
                    fmt::format("`{}` holds {} but no checkpoint: put back the newest copy that verifies. "
                                "Nothing was changed",
                                options.directory, what));
    };
    std::error_code error;
    if (std::filesystem::exists(options.directory + "/tile", error)) return lost("tiles");
    const std::string journal_directory = options.directory + "/journal";
    if (std::filesystem::exists(journal_directory, error)) {
        const auto used = Journal::was_used(journal_directory);
        if (!used) return std::unexpected(used.error());
        if (*used) return lost("a journal of receipts that were acknowledged");
    } else if (!error && std::filesystem::exists(options.directory + "/key", error)) {
        return lost("a key");  // which is made after the journal
    }
    if (error)
        return fail(ErrorCode::kInternal,
                    fmt::format("cannot read `{}`: {}", options.directory, error.message()));
    return {};
}

/// A crash in between leaves a directory without a checkpoint; the next start goes on from there.
Result<void> Log::State::make_new() {
    if (auto unused = check_unused(); !unused) return unused;
    auto fresh = Journal::create(options.directory + "/journal");
    if (!fresh) return std::unexpected(fresh.error());
    journal = std::move(*fresh);
    auto made = read_key(options.directory);
    if (!made && made.error().code == ErrorCode::kNotFound)
        made = SigningKey::generate(options.origin.empty() ? "visavis-" + random_uuid() : options.origin);
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
    durable = covered;
    auto next = read_next_key(options.directory);
    if (!next) return std::unexpected(next.error());
    Replay replay(*this, *next);
    auto opened_journal =
        Journal::open(options.directory + "/journal",
                      [&](std::uint64_t index, const JournalView& view) { return replay.take(index, view); });
    if (!opened_journal) return std::unexpected(opened_journal.error());
    journal = std::move(*opened_journal);
    if (journal->next() < covered || journal->first() > covered)
        return fail(
            ErrorCode::kInternal,
            fmt::format("the checkpoint covers {} entries but the journal holds {} to {}: entries that were "
                        "acknowledged are gone. Put back the newest copy of `{}` that verifies",
                        covered, journal->first(), journal->next(), options.directory));
    if (!openings_behind) unkept_first = unkept.empty() ? covered : covered - unkept.size();
    if (!*next) return {};
    bool entry_is_there = replay.rotated;
    if ((*next)->index < std::min(covered, journal->first())) {
        const auto entry = read_entry(reader, (*next)->index, covered);
        if (!entry) return std::unexpected(entry.error());
        entry_is_there = leaf_hash(*entry) == (*next)->leaf;
    }
    return finish_rotation(std::move(**next), entry_is_there);
}

Result<std::unique_ptr<Log>> Log::open(LogOptions options) {
    if (auto made = make_private_directory(options.directory); !made) return std::unexpected(made.error());
    auto state = std::make_unique<State>(std::move(options));
    auto lock = lock_directory(state->options.directory);
    if (!lock) return std::unexpected(lock.error());
    state->lock = std::move(*lock);
    std::error_code error;
    const bool exists = std::filesystem::exists(state->options.directory + "/checkpoint", error);
    if (error)
        return fail(ErrorCode::kInternal, fmt::format("cannot read `{}/checkpoint`: {}",
                                                      state->options.directory, error.message()));
    if (auto ready = exists ? state->load() : state->make_new(); !ready)
        return std::unexpected(ready.error());
    return std::unique_ptr<Log>(new Log(std::move(state)));
}

}  // namespace visavis::ledger
