// Publishing a log: tiles, cosignatures, checkpoint; then the journal is trimmed.
#include "ledger/log_state.h"

namespace visavis::ledger {
namespace {

constexpr std::uint64_t kRotateBytes = 4UL * 1024 * 1024;

}  // namespace

SignedCheckpoint Log::State::sign(std::uint64_t size, const Hash& root) const {
    SignedCheckpoint result;
    result.checkpoint = {.origin = key->verifier().name, .size = size, .root = root, .extensions = {}};
    result.note.text = to_text(result.checkpoint);
    result.note.signatures.push_back(key->sign(result.note.text));
    return result;
}

void Log::State::publish_loop() {
    std::optional<JournalReader> journal_reader;
    std::unique_lock guard(mutex);
    if (tiles_behind) journal_reader.emplace(options.directory + "/journal", tree.size());
    Result<void> done;
    for (;;) {
        // A long journal is worked off without a pause, unless something is in the way.
        if (!tiles_behind || !done)
            wake_publisher.wait_for(guard, options.publish_interval, [&] {
                return publisher_ends || (!tiles_behind && (publish_asked != publish_done || kept_all()));
            });
        const std::uint64_t asked = publish_asked;
        const bool explicitly = asked != publish_done || publisher_ends;
        const bool last = publisher_ends;
        const bool idle = durable == published.checkpoint.size;
        if (last && tiles_behind) return;
        if (kept_all()) {
            openings_behind = false;
            unkept_first = handed_over;
        }
        const bool behind = tiles_behind;
        guard.unlock();
        done = behind ? catch_up_tiles(*journal_reader) : publish_all(explicitly || idle);
        if (!done && options.on_trouble) options.on_trouble(done.error());
        if (options.after_publishing)
            if (const auto after = options.after_publishing(); !after && options.on_trouble)
                options.on_trouble(after.error());
        guard.lock();
        last_trouble = done ? std::nullopt : std::optional(done.error());
        if (!done && done.error().code == ErrorCode::kConflict) {
            stopped = done.error();
            has_stopped = true;
        }
        // Who asked waits until the tree has caught up, or hears why it cannot.
        if (!behind || !done) publish_done = asked;
        published_again.notify_all();
        wake_keeper.notify_one();
        if (last) return;
    }
}

Result<void> Log::State::publish_all(bool trim_all) {
    if (auto done = publish_now(); !done) return done;
    if (auto done = settle_hand_over(); !done) return done;
    std::unique_lock guard(mutex);
    const bool elsewhere = openings_behind;
    std::uint64_t needed_from = handed_over;
    guard.unlock();
    if (!elsewhere) {
        if (auto done = keep_openings(); !done) return done;
        needed_from = unkept_first;
    }
    return trim(needed_from, trim_all);
}

Result<void> Log::State::publish_now() {
    std::unique_lock guard(mutex);
    if (stopped) return std::unexpected(*stopped);
    take_hand_over();
    const std::uint64_t covered = published.checkpoint.size;
    const std::uint64_t size = tree.size();
    const bool other_key = key->verifier().id != published.note.signatures.front().id;
    const bool same = size == covered && !other_key;
    // Not while the tree is behind: the process that died may have had more cosigned than it published, and
    // to a witness a smaller tree is a fork.
    const bool cosigned = options.cosigner && size > 0 && !tiles_behind;
    if (same && !(cosigned && options.cosigner->wants(published))) return {};
    auto full = std::exchange(complete, {});
    const auto partial = same ? std::vector<TileFile>{} : tree.partial();
    auto next = sign(size, tree.root());
    // Cosignatures are over the text alone, whoever signs it for the log.
    if (next.note.text == published.note.text)
        next.note.signatures.insert(next.note.signatures.end(), published.note.signatures.begin() + 1,
                                    published.note.signatures.end());
    guard.unlock();

    auto done = write_files(full, partial, std::move(next), cosigned);
    guard.lock();
    if (!done) {
        // Offered again with whatever has been completed meanwhile.
        full.insert(full.end(), std::make_move_iterator(complete.begin()),
                    std::make_move_iterator(complete.end()));
        complete = std::move(full);
        return done;
    }
    if (tiles_behind) {
        unkept_first = size;
        return {};
    }
    if (unkept.empty()) unkept_first = covered;
    for (std::uint64_t i = covered; i < size; ++i) {
        tail_bytes -= bytes_of(tail.front());
        if (!openings_behind) unkept.push_back(std::move(tail.front()));
        tail.pop_front();
    }
    return {};
}

Result<void> Log::State::write_files(std::span<const TileFile> full, std::span<const TileFile> partial,
                                     SignedCheckpoint next, bool cosigned) {
    if (auto written = write_tiles(options.directory, full); !written) return written;
    if (auto written = write_tiles(options.directory, partial); !written) return written;
    if (cosigned) {
        const TileTree tiles(reader, next.checkpoint.size);
        auto signatures = options.cosigner->cosign(next, tiles);
        if (!signatures) return std::unexpected(signatures.error());
        for (auto& signature : *signatures) {
            std::erase_if(next.note.signatures, [&](const NoteSignature& older) {
                return older.name == signature.name && older.id == signature.id;
            });
            next.note.signatures.push_back(std::move(signature));
        }
    }
    if (next.note.text == published.note.text && next.note.signatures == published.note.signatures) return {};
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
    const std::lock_guard journal_guard(journal_mutex);
    if (all || journal->segment_bytes() >= kRotateBytes) {
        if (auto rotated = journal->rotate(); !rotated) return rotated;
        const std::lock_guard guard(mutex);
        room = journal->room();
    }
    return journal->trim(covered);
}

}  // namespace visavis::ledger
