// Reads a journal's entries once more, while it is written to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/journal_format.h"

namespace visavis::ledger {

/// Not thread-safe. The segments that hold entries from `next` on must stay as long as they are not read.
class JournalReader {
  public:
    JournalReader(std::string directory, std::uint64_t next)
        : directory_(std::move(directory)), next_(next) {}

    /// The index of the entry that comes next.
    [[nodiscard]] std::uint64_t next() const noexcept { return next_; }

    /// Entries from next() on and below `end`, all of which must be durable; as many as fit into
    /// `most_bytes`, at least one. kInternal if they are not there any more or damaged; next() then stays.
    [[nodiscard]] Result<std::vector<JournalEntry>> read(std::uint64_t end, std::size_t most_bytes);

  private:
    struct Open {
        std::uint64_t first;
        MappedSegment segment;
    };
    [[nodiscard]] Result<Group> group();
    [[nodiscard]] Result<void> open_segment();

    std::string directory_;
    std::uint64_t next_;
    std::optional<Open> open_;
    std::size_t at_{};  // of the group that holds or follows next_
};

}  // namespace visavis::ledger
