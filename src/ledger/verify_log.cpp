#include "ledger/verify_log.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

#include "ledger/journal.h"
#include "ledger/receipt.h"
#include "ledger/tree_builder.h"

namespace visavis::ledger {
namespace {

constexpr std::uint64_t kProgressStep = 4096;

/// What is wrong and which verdict follows.
struct Finding {
    Verdict verdict;
    std::string reason;
};

using Check = std::expected<void, Finding>;

std::unexpected<Finding> invalid(std::string reason) {
    return std::unexpected(Finding{.verdict = Verdict::kInvalid, .reason = std::move(reason)});
}

/// A file that the checkpoint promises and that is not there or malformed is evidence; a network that is down
/// is not.
std::unexpected<Finding> unreadable(const Error& error) {
    if (error.code == ErrorCode::kUnavailable)
        return std::unexpected(Finding{.verdict = Verdict::kCannotTell, .reason = error.message});
    return invalid(error.message);
}

class Checker {
  public:
    Checker(const LogReader& reader, const VerifyLogOptions& options) : reader_(reader), options_(options) {}

    Check run(LogVerdict& verdict) {
        if (auto done = read_checkpoint(verdict); !done) return done;
        if (auto done = read_entries(); !done) return done;
        if (auto done = compare(builder_.partial()); !done) return done;
        if (auto done = check_leftovers(verdict); !done) return done;
        auto done = check_signatures(verdict);
        if (done) done = check_journal(verdict);
        // A newer receipt may be anything, the hand-over to another key included.
        if (newer_)
            return std::unexpected(Finding{
                .verdict = Verdict::kCannotTell,
                .reason = fmt::format("entry {} is a receipt of a newer version than this software "
                                      "knows; verify with a newer one{}",
                                      *newer_, done ? "" : " (as it is: " + done.error().reason + ")")});
        return done;
    }

  private:
    Check read_checkpoint(LogVerdict& verdict) {
        const auto cannot = [](std::string reason) {
            return std::unexpected(Finding{.verdict = Verdict::kCannotTell, .reason = std::move(reason)});
        };
        const auto note = reader_.read("checkpoint");
        if (!note) return cannot(note.error().message);
        auto parsed = parse_signed_checkpoint(as_text(*note));
        if (!parsed) return invalid("the checkpoint is malformed: " + parsed.error().message);
        checkpoint_ = std::move(*parsed);
        verdict.checkpoint = checkpoint_.checkpoint;
        if (options_.key) {
            trusted_ = *options_.key;
        } else {
            const auto text = reader_.read("log.vkey");
            if (!text) return cannot("the log offers no verifier key; give one with --vkey");
            const auto key = parse_verifier_key(as_text(*text).substr(0, as_text(*text).find('\n')));
            if (!key) return cannot(key.error().message);
            trusted_ = *key;
            verdict.key_from_log = true;
        }
        all_trusted_.push_back(trusted_);
        if (!options_.since) return {};
        auto since = parse_signed_checkpoint(*options_.since);
        if (!since) return cannot("the earlier checkpoint is malformed: " + since.error().message);
        since_ = std::move(*since);
        verdict.since = since_->checkpoint.size;
        return {};
    }

    Check read_entries() {
        const std::uint64_t size = checkpoint_.checkpoint.size;
        note_since();
        for (std::uint64_t index = 0; index * kTileWidth < size; ++index) {
            const auto entries = read_bundle(reader_, index, size);
            if (!entries) return unreadable(entries.error());
            for (const Bytes& entry : *entries) {
                if (auto done = take(entry); !done) return done;
                note_since();
            }
            if (auto done = compare(builder_.take_complete()); !done) return done;
        }
        if (options_.progress) options_.progress(size, size);
        if (builder_.root() != checkpoint_.checkpoint.root)
            return invalid(fmt::format(
                "the {} entries do not have the checkpoint's root: an entry was changed, dropped, "
                "repeated or moved",
                size));
        return {};
    }

    Check take(const Bytes& entry) {
        const std::uint64_t index = builder_.size();
        const auto receipt = read_receipt(index, entry);
        if (!receipt) return std::unexpected(receipt.error());
        if (receipt->key) follow(*receipt->key);
        builder_.add(entry, leaf_hash(entry));
        if (options_.progress && index % kProgressStep == 0)
            options_.progress(index, checkpoint_.checkpoint.size);
        return {};
    }

    /// Empty for one of a newer version, which is noted.
    std::expected<Receipt, Finding> read_receipt(std::uint64_t index, ByteView entry) {
        auto receipt = parse_receipt(entry);
        if (!receipt && is_newer_receipt(entry)) {
            if (!newer_) newer_ = index;
            return Receipt{};
        }
        if (!receipt) return invalid(fmt::format("entry {}: {}", index, receipt.error().message));
        if (!ids_.insert(receipt->id).second)
            return invalid(fmt::format("entry {} repeats receipt `{}`", index, receipt->id));
        return std::move(*receipt);
    }

    /// A hand-over counts only if the key trusted so far signed it.
    void follow(const KeyChange& change) {
        if (change.old_key != to_text(trusted_)) return;
        const NoteSignature signature{
            .name = trusted_.name, .id = trusted_.id, .signature = change.signature};
        if (!verifies(trusted_, hand_over_text(change.old_key, change.new_key), signature)) return;
        const auto next = parse_verifier_key(change.new_key);
        if (!next || next->name != trusted_.name) return;
        trusted_ = *next;
        all_trusted_.push_back(*next);
    }

    void note_since() {
        if (since_ && builder_.size() == since_->checkpoint.size) since_root_ = builder_.root();
    }

    /// Each file must hold exactly what the entries hash to.
    Check compare(const std::vector<TileFile>& files) {
        for (const TileFile& file : files) {
            const std::string path = tile_path(file.tile);
            const auto bytes = reader_.read(path);
            if (!bytes && bytes.error().code == ErrorCode::kNotFound && file.tile.width != kTileWidth) {
                if (auto done = compare_grown(file); !done) return done;
                continue;
            }
            if (!bytes) return unreadable(bytes.error());
            if (*bytes != file.content)
                return invalid(fmt::format("`{}` is not what the entries hash to", path));
        }
        return {};
    }

    /// The partial file is gone because the log has grown: the full one must begin with it.
    Check compare_grown(const TileFile& file) {
        TileId full = file.tile;
        full.width = kTileWidth;
        const auto bytes = reader_.read(tile_path(full));
        if (!bytes) return unreadable(bytes.error());
        if (bytes->size() < file.content.size() ||
            !std::equal(file.content.begin(), file.content.end(), bytes->begin()))
            return invalid(fmt::format("`{}` is not what the entries hash to", tile_path(full)));
        return {};
    }

    /// Partial files of earlier checkpoints: they must be prefixes of what has been verified.
    Check check_leftovers(LogVerdict& verdict) {
        const std::uint64_t size = checkpoint_.checkpoint.size;
        for (const auto& path : options_.files) {
            if (!path.starts_with("tile/")) continue;
            const auto tile = parse_tile_path(path);
            if (!tile) {
                verdict.notes.push_back(fmt::format("`{}` is no file of a log and was not read", path));
                continue;
            }
            const TileId now = tile_at(tile->entries, tile->level, tile->index, size);
            if (now.width >= tile->width && tile->width == kTileWidth) continue;  // compared above
            if (now.width < tile->width)
                continue;  // of a checkpoint that is being written, or cut short by a crash
            const auto bytes = reader_.read(path);
            const auto grown = reader_.read(tile_path(now));
            if (!bytes && bytes.error().code == ErrorCode::kNotFound) continue;
            if (!bytes) return unreadable(bytes.error());
            if (!grown) return unreadable(grown.error());
            const bool whole = tile->entries ? decode_bundle(*bytes, tile->width).has_value()
                                             : decode_tile(*bytes, tile->width).has_value();
            if (!whole || bytes->size() > grown->size() ||
                !std::equal(bytes->begin(), bytes->end(), grown->begin()))
                return invalid(fmt::format("`{}` is not what the entries hash to", path));
        }
        return {};
    }

    Check check_signatures(LogVerdict& verdict) {
        verdict.key = to_text(trusted_);
        verdict.rotations = all_trusted_.size() - 1;
        const Checkpoint& checkpoint = checkpoint_.checkpoint;
        if (checkpoint.origin != trusted_.name)
            return invalid(fmt::format("the checkpoint is of log `{}`, the key of log `{}`",
                                       checkpoint.origin, trusted_.name));
        if (!verifies(trusted_, checkpoint_.note))
            return invalid(
                fmt::format("the checkpoint carries no valid signature of `{}`", to_text(trusted_)));
        for (const auto& witness : options_.witnesses) {
            if (!verifies(witness, checkpoint_.note))
                return invalid(fmt::format("witness `{}` has not cosigned the checkpoint", witness.name));
            verdict.cosigned_by.push_back(witness.name);
        }
        for (const auto& signature : checkpoint_.note.signatures)
            if (cosignature_time(signature) != 0 &&
                std::ranges::none_of(options_.witnesses, [&](const VerifierKey& key) {
                    return key.name == signature.name && key.id == signature.id;
                }))
                verdict.unchecked_cosignatures.push_back(signature.name);
        return check_since();
    }

    /// What callers were told of and no checkpoint covers yet. The log may be in use meanwhile.
    Check check_journal(LogVerdict& verdict) {
        if (options_.journal.empty()) return {};
        const std::uint64_t size = checkpoint_.checkpoint.size;
        const TileTree tiles(reader_, size);
        const auto scanned = Journal::scan(
            options_.journal, [&](std::uint64_t index, const JournalView& view) -> Result<void> {
                if (index < size) {
                    const auto leaf = tiles.node(0, index);
                    if (leaf && *leaf == leaf_hash(view.entry)) return {};
                    return fail(ErrorCode::kInternal,
                                fmt::format("entry {} differs between the journal and the tiles", index));
                }
                const auto receipt = read_receipt(index, view.entry);
                if (receipt) return {};
                return fail(ErrorCode::kInternal, receipt.error().reason);
            });
        if (!scanned) return unreadable(scanned.error());
        if (scanned->next > size) verdict.beyond_checkpoint = scanned->next - size;
        if (scanned->first <= size && scanned->next >= size) return {};
        verdict.beyond_checkpoint = 0;
        const auto now = reader_.read("checkpoint");
        if (now && as_text(*now) != to_text(checkpoint_.note)) {
            verdict.notes.emplace_back("the log has grown meanwhile; its journal was not compared");
            return {};
        }
        return invalid(
            fmt::format("the checkpoint covers {} entries but the journal holds {} to {}: entries "
                        "that were acknowledged are gone",
                        size, scanned->first, scanned->next));
    }

    Check check_since() {
        if (!since_) return {};
        if (std::ranges::none_of(all_trusted_, [&](const auto& key) { return verifies(key, since_->note); }))
            return invalid("the earlier checkpoint carries no valid signature of this log");
        if (!since_root_)
            return invalid(fmt::format("the log has {} entries but had {} before: entries were dropped",
                                       checkpoint_.checkpoint.size, since_->checkpoint.size));
        if (*since_root_ != since_->checkpoint.root)
            return invalid(
                fmt::format("the first {} entries are not those of the earlier checkpoint: history was "
                            "rewritten",
                            since_->checkpoint.size));
        return {};
    }

    const LogReader& reader_;
    const VerifyLogOptions& options_;
    SignedCheckpoint checkpoint_;
    std::optional<SignedCheckpoint> since_;
    std::optional<Hash> since_root_;
    VerifierKey trusted_;
    std::vector<VerifierKey> all_trusted_;
    TreeBuilder builder_;
    std::set<std::string> ids_;
    std::optional<std::uint64_t> newer_;  // the first entry of a version that is not known
};

}  // namespace

LogVerdict verify_log(const LogReader& reader, const VerifyLogOptions& options) {
    LogVerdict verdict;
    const auto done = Checker(reader, options).run(verdict);
    verdict.verdict = done ? Verdict::kValid : done.error().verdict;
    if (!done) verdict.reason = done.error().reason;
    return verdict;
}

std::vector<std::string> list_log_files(const std::string& directory) {
    std::vector<std::string> files;
    std::error_code error;
    for (const auto& file : std::filesystem::recursive_directory_iterator(directory + "/tile", error))
        if (file.is_regular_file() && file.path().extension() != ".new")
            files.push_back(std::filesystem::relative(file.path(), directory).generic_string());
    std::ranges::sort(files);
    return files;
}

}  // namespace visavis::ledger
