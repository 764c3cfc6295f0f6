// The journal's bytes on disk. docs/formats/ledger.md gives the layout. For the journal's own files only.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/journal.h"

namespace visavis::ledger {

inline constexpr std::size_t kSegmentHeader = 16 + 8;  // magic, first index

[[nodiscard]] std::string segment_path(const std::string& directory, std::uint64_t first);

/// The first indexes of the directory's segments, ascending. kInternal if it cannot be read.
[[nodiscard]] Result<std::vector<std::uint64_t>> segments_in(const std::string& directory);

[[nodiscard]] Bytes encode_segment_header(std::uint64_t first);
[[nodiscard]] bool is_segment_header(ByteView bytes, std::uint64_t first);

[[nodiscard]] Bytes encode_group(std::span<const JournalEntry> group, std::uint64_t first);

/// Its entries point into the bytes that it was decoded from.
struct Group {
    std::uint64_t first;
    std::vector<JournalView> entries;
    std::size_t bytes;
};

/// The group at the start of `bytes`, or nothing if there is no whole one.
[[nodiscard]] std::optional<Group> decode_group(ByteView bytes);

/// Whether a whole group of a later index stands anywhere in `bytes`: then what precedes it had been
/// acknowledged.
[[nodiscard]] bool later_group_follows(ByteView bytes, std::uint64_t next);

/// A whole segment as memory. What is appended to the file below size() after it was mapped shows, too.
class MappedSegment {
  public:
    /// kNotFound or kInternal, naming the file.
    [[nodiscard]] static Result<MappedSegment> open(const std::string& path);
    MappedSegment(MappedSegment&& other) noexcept;
    MappedSegment& operator=(MappedSegment&& other) noexcept;
    MappedSegment(const MappedSegment&) = delete;
    MappedSegment& operator=(const MappedSegment&) = delete;
    ~MappedSegment();

    [[nodiscard]] ByteView bytes() const noexcept { return {data_, size_}; }

  private:
    MappedSegment() = default;
    const std::uint8_t* data_{};
    std::size_t size_{};
};

}  // namespace visavis::ledger
