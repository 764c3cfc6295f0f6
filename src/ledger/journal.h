// The journal: what has been acknowledged but is not yet in tiles. docs/formats/ledger.md gives the layout.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/file.h"

namespace visavis::ledger {

/// An entry of the log with what the operator alone may read about it (sealed openings; may be empty).
struct JournalEntry {
    Bytes entry;
    Bytes openings;
};

/// The same within bytes that belong to somebody else.
struct JournalView {
    ByteView entry;
    ByteView openings;
    [[nodiscard]] JournalEntry copy() const {
        return {.entry = Bytes(entry.begin(), entry.end()),
                .openings = Bytes(openings.begin(), openings.end())};
    }
};

/// Segment files `<first index, 20 digits>.journal` in one directory. Not thread-safe; one process at a time
/// (the log's lock sees to it).
class Journal {
  public:
    using Replay = std::function<Result<void>(std::uint64_t index, const JournalView& entry)>;

    /// Whether anything was ever written to the journal in this directory, as far as it still tells.
    /// kInternal if it is damaged or cannot be read.
    [[nodiscard]] static Result<bool> was_used(const std::string& directory);

    /// Makes the journal of a new log, which begins at entry 0; over one that was never used.
    [[nodiscard]] static Result<Journal> create(const std::string& directory);

    /// Opens it, hands every entry to `replay` in order and cuts a torn tail (a group whose write never
    /// ended, so that nobody was told of it). kInternal, naming file and position, if a group is damaged
    /// though later ones are whole or it had been acknowledged, or a segment is missing; `replay`'s own
    /// errors are passed on.
    [[nodiscard]] static Result<Journal> open(const std::string& directory, const Replay& replay);

    /// Where a journal begins and ends.
    struct Extent {
        std::uint64_t first{};
        std::uint64_t next{};
    };
    /// Checks the journal in this directory as open() does, and changes nothing: while another process has it
    /// open, too. kUnavailable if it cannot be read.
    [[nodiscard]] static Result<Extent> scan(const std::string& directory, const Replay& replay);

    /// Index of the first entry that it holds or would hold.
    [[nodiscard]] std::uint64_t first() const noexcept { return segments_.front(); }
    /// Index that the next entry gets.
    [[nodiscard]] std::uint64_t next() const noexcept { return next_; }
    /// Bytes in the segment that is written to.
    [[nodiscard]] std::uint64_t segment_bytes() const noexcept { return end_; }

    /// Writes the entries as one group. They are durable when this succeeds. kUnavailable, with the system's
    /// reason, if the disk is full or failing: nothing is acknowledged then and the next append overwrites
    /// the remains; if not even the sync could be trusted, every later append fails too, until the process
    /// starts anew.
    [[nodiscard]] Result<void> append(std::span<const JournalEntry> group);

    /// Makes sure that this many bytes can be written behind what the journal holds; kUnavailable, with the
    /// system's reason, if the disk is full or failing.
    [[nodiscard]] Result<void> reserve(std::uint64_t bytes);
    /// How many bytes can be written without the file growing.
    [[nodiscard]] std::uint64_t room() const noexcept { return zeroed_ - end_; }

    /// Begins a new segment, so that the old ones can go. Nothing happens if the current one is empty.
    [[nodiscard]] Result<void> rotate();

    /// Removes the segments that hold only entries below `index`; the current one stays.
    [[nodiscard]] Result<void> trim(std::uint64_t index);

  private:
    explicit Journal(std::string directory) : directory_(std::move(directory)) {}
    Result<void> make_segment(std::uint64_t first);
    Result<void> read_segment(std::uint64_t first, bool last, const Replay& replay);
    Result<void> open_acknowledged();
    void note_acknowledged() noexcept;

    std::string directory_;
    std::vector<std::uint64_t> segments_;  // first indexes, ascending; the last one is written to
    FileDescriptor file_;
    FileDescriptor acknowledged_file_;
    std::uint64_t acknowledged_{};  // at open: how many entries callers had been told of, as far as noted
    std::uint64_t next_{};
    std::uint64_t end_{};     // where the next group goes
    std::uint64_t zeroed_{};  // up to where the file exists
    bool broken_{};
};

}  // namespace visavis::ledger
