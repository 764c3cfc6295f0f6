// An append-only log in C2SP form, one writer, in one directory:
//
//     key          the private key, 0600; log.vkey the public one; key.next while a rotation is under way
//     lock         held while a process has the log open
//     journal/     what is acknowledged and not yet in tiles
//     tile/…       tiles and entry bundles
//     checkpoint   the newest signed tree head
//
// append() returns once the entry is durable in the journal; tiles and checkpoint follow about once a second.
// docs/formats/ledger.md gives every layout.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "ledger/checkpoint.h"
#include "ledger/journal.h"

namespace visavis::ledger {

/// Asks witnesses to cosign. Called from the publishing thread only.
class Cosigner {
  public:
    Cosigner() = default;
    Cosigner(const Cosigner&) = delete;
    Cosigner& operator=(const Cosigner&) = delete;
    virtual ~Cosigner() = default;

    /// Signatures for this checkpoint, as many as could be had. kConflict, and the log stops for good, if a
    /// witness has seen another history under this log's key; no other error.
    [[nodiscard]] virtual Result<std::vector<NoteSignature>> cosign(const SignedCheckpoint& checkpoint,
                                                                    const NodeReader& tree) = 0;

    /// Whether a witness that can be asked now is not known to have cosigned this checkpoint.
    [[nodiscard]] virtual bool wants(const SignedCheckpoint& checkpoint) const = 0;
};

/// Entries that the last process left in the journal and that still wait.
struct Backlog {
    std::uint64_t tiles{};     ///< to be published
    std::uint64_t openings{};  ///< to have their openings handed over

    [[nodiscard]] bool empty() const noexcept { return tiles == 0 && openings == 0; }
    friend bool operator==(const Backlog&, const Backlog&) = default;
};

struct LogOptions {
    std::string directory;
    std::string
        origin;  ///< name of a new log and of its key; empty: `visavis-<uuid>`. Ignored for an existing log
    std::chrono::milliseconds publish_interval{1000};
    std::shared_ptr<Cosigner> cosigner;  ///< may be empty

    /// Takes the openings of entries before they leave the journal, in order; must be durable and repeatable:
    /// after a crash it is called again for the same entries. An error keeps them in the journal, and they
    /// are offered again.
    std::function<Result<void>(std::uint64_t first, std::span<const JournalEntry> entries)> keep_openings;

    /// Called by the publishing thread after each attempt, also of an idle log; an error is told to
    /// on_trouble and changes nothing else. Must not wait. May be empty.
    std::function<Result<void>()> after_publishing;

    /// Told of every entry that the journal holds at start, in order, before open() returns. May be empty.
    std::function<void(std::uint64_t index, const JournalView& entry)> on_replay;

    /// How much of the journal may be replayed in memory before open() returns. What exceeds it is read from
    /// the journal again, in the background, as much at a time.
    std::size_t replay_bytes = 64UL * 1024 * 1024;

    /// Told what goes wrong while publishing; the log tries again by itself. May be empty.
    std::function<void(const Error&)> on_trouble;
};

/// Gives the entry that hands over from the old key to the new.
using MakeHandOver = std::function<Bytes(const SigningKey& old_key, const SigningKey& new_key)>;

/// Thread-safe. Destruction publishes what is acknowledged and closes the log; a backlog is left to the next
/// start.
class Log {
  public:
    /// Opens the log, or makes one with a fresh key if the directory holds none. kConflict if another process
    /// has it open; kInternal, saying what to do, if it is damaged or its checkpoint is ahead of its journal
    /// (entries that were acknowledged are gone: the log must not go on as if they had never been). Every
    /// entry of the journal has been checked when it returns; a long journal is worked off in the background.
    [[nodiscard]] static Result<std::unique_ptr<Log>> open(LogOptions options);

    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    ~Log();

    /// Adds entries that follow each other and returns the index of the first once all are durable.
    /// kUnavailable if the disk is full or failing, and for good after a fork was noticed; kInvalidParameter
    /// for an entry above 65,535 bytes or no entries.
    [[nodiscard]] Result<std::uint64_t> append(std::vector<JournalEntry> entries);

    /// Success while append() can be expected to work: room for it is set aside. Else the error it would
    /// give.
    [[nodiscard]] Result<void> writable();

    /// Whether a fork was noticed, so that append() fails for good. Does not block.
    [[nodiscard]] bool stopped() const noexcept;

    /// Returns once a checkpoint covers everything acknowledged before the call, its openings have been
    /// handed over and the journal no longer holds them. While there is a backlog, the checkpoint alone is
    /// waited for. Errors: those of writing.
    [[nodiscard]] Result<void> publish();

    /// What of the last process's is not worked off yet.
    [[nodiscard]] Backlog backlog() const;

    /// kUnavailable while there is a backlog.
    [[nodiscard]] Result<void> caught_up() const;

    /// Returns once there is no backlog. Errors: those of writing.
    [[nodiscard]] Result<void> catch_up();

    /// How many entries are durable.
    [[nodiscard]] std::uint64_t size() const;

    /// The newest published checkpoint, with cosignatures if there are any.
    [[nodiscard]] SignedCheckpoint checkpoint() const;

    /// An entry, published or not. kNotFound if there is none with this index; kUnavailable for one of the
    /// backlog that no checkpoint covers.
    [[nodiscard]] Result<Bytes> entry(std::uint64_t index) const;

    /// The published entries number 256·bundle and following, at most 256; none beyond the checkpoint.
    [[nodiscard]] Result<std::vector<Bytes>> bundle(std::uint64_t bundle) const;

    /// The tlog-proof of an entry. kNotFound if there is no such entry; kUnavailable while no checkpoint
    /// covers it (at most about a second, unless there is a backlog).
    [[nodiscard]] Result<LogProof> proof(std::uint64_t index) const;

    [[nodiscard]] VerifierKey verifier() const;

    /// Replaces the signing key: `make_entry` gets old and new key and gives the hand-over entry, which the
    /// old key's last checkpoint covers; later checkpoints are signed by the new key. Returns the entry's
    /// index.
    [[nodiscard]] Result<std::uint64_t> rotate_key(const MakeHandOver& make_entry);

  private:
    struct State;
    explicit Log(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace visavis::ledger
