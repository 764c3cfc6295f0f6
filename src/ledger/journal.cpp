#include "ledger/journal.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "ledger/journal_format.h"
#include "ledger/little_endian.h"

namespace visavis::ledger {
namespace {

constexpr std::size_t kMostAcknowledgedBytes = 4096;
constexpr std::size_t kMostGroupBytes = 256UL * 1024 * 1024;
// The file grows ahead of what is written, by as much as it holds within these bounds: a sync that need not
// record a new length is one disk flush instead of a transaction of the file system.
constexpr std::uint64_t kLeastGrowth = 16UL * 1024;
constexpr std::uint64_t kMostGrowth = 1024UL * 1024;

std::unexpected<Error> system_failure(std::string_view what, const std::string& path) {
    const int code = errno;
    if (code == ENOSPC || code == EDQUOT)
        return fail(
            ErrorCode::kUnavailable,
            fmt::format("the disk is full: cannot {} `{}`; free some space, nothing was lost", what, path));
    return fail(ErrorCode::kUnavailable, fmt::format("cannot {} `{}`: {}", what, path, std::strerror(code)));
}

std::unexpected<Error> not_synced(const std::string& path) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("`{}` could not be synced earlier; restart after mending the disk", path));
}

Result<void> write_all(int fd, ByteView bytes, std::uint64_t offset, const std::string& path) {
    while (!bytes.empty()) {
        const auto written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return system_failure("write", path);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
    return {};
}

/// A count and its complement, so that a damaged file is not taken for another count.
std::array<std::uint8_t, 16> encode_acknowledged(std::uint64_t count) {
    std::array<std::uint8_t, 16> bytes{};
    for (std::size_t i = 0; i < 8; ++i) {
        bytes[i] = static_cast<std::uint8_t>(count >> (8 * i));
        bytes[8 + i] = static_cast<std::uint8_t>(~bytes[i]);
    }
    return bytes;
}

/// kNotFound if the file does not exist; kInternal if it is damaged.
Result<std::uint64_t> read_acknowledged(const std::string& name) {
    const auto bytes = read_file(name, kMostAcknowledgedBytes);
    if (!bytes) return std::unexpected(bytes.error());
    const auto count = bytes->size() >= sizeof(std::uint64_t) ? get<std::uint64_t>(*bytes) : 0;
    if (!std::ranges::equal(*bytes, encode_acknowledged(count)))
        return fail(ErrorCode::kInternal,
                    fmt::format("`{}` is damaged: how many receipts were acknowledged cannot be told. Put "
                                "back the newest copy of the ledger that verifies",
                                name));
    return count;
}

bool is_zero(ByteView bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

struct SegmentName {
    const std::string& name;
    std::uint64_t first;
    bool last;                   // of the journal
    std::uint64_t acknowledged;  // how many entries callers had been told of
};

/// Hands the entries from `next` on to `replay`, and says where the last whole group ends; what follows it is
/// zeros or, in the last segment, a write that never ended.
Result<std::size_t> walk_segment(ByteView all, const SegmentName& segment, std::uint64_t& next,
                                 const Journal::Replay& replay) {
    if (segment.first != next)
        return fail(ErrorCode::kInternal,
                    fmt::format("`{}` begins at entry {} but the journal before it ends at {}", segment.name,
                                segment.first, next));
    if (!is_segment_header(all, segment.first))
        return fail(ErrorCode::kInternal, fmt::format("the header of `{}` is damaged", segment.name));
    std::size_t at = kSegmentHeader;
    for (;;) {
        const auto group = decode_group(all.subspan(at));
        if (!group || group->first != next) break;
        for (const JournalView& entry : group->entries)
            if (auto done = replay(next++, entry); !done) return std::unexpected(done.error());
        at += group->bytes;
    }
    const ByteView rest = all.subspan(at);
    if (!is_zero(rest) && (!segment.last || later_group_follows(rest, next)))
        return fail(
            ErrorCode::kInternal,
            fmt::format("`{}` is damaged at byte {}: the group of entry {} does not match its checksum, but "
                        "later ones do",
                        segment.name, at, next));
    if (segment.last && next < segment.acknowledged)
        return fail(
            ErrorCode::kInternal,
            fmt::format("`{}` ends at entry {} but {} were acknowledged: the end of the journal is "
                        "damaged or was cut off. Put back the newest copy of the ledger that verifies",
                        segment.name, next, segment.acknowledged));
    return at;
}

}  // namespace

Result<bool> Journal::was_used(const std::string& directory) {
    const auto acknowledged = read_acknowledged(directory + "/acknowledged");
    if (!acknowledged && acknowledged.error().code != ErrorCode::kNotFound)
        return std::unexpected(acknowledged.error());
    if (acknowledged && *acknowledged > 0) return true;
    const auto firsts = segments_in(directory);
    if (!firsts) return std::unexpected(firsts.error());
    for (const std::uint64_t first : *firsts) {
        if (first > 0) return true;
        const auto segment = MappedSegment::open(segment_path(directory, first));
        if (!segment) return std::unexpected(segment.error());
        const ByteView all = segment->bytes();
        if (!is_segment_header(all, first) || !is_zero(all.subspan(kSegmentHeader))) return true;
    }
    return false;
}

Result<Journal> Journal::create(const std::string& directory) {
    if (auto made = make_private_directory(directory); !made) return std::unexpected(made.error());
    Journal journal(directory);
    if (auto opened = journal.open_acknowledged(); !opened) return std::unexpected(opened.error());
    if (auto made = journal.make_segment(0); !made) return std::unexpected(made.error());
    return journal;
}

Result<void> Journal::open_acknowledged() {
    const std::string name = directory_ + "/acknowledged";
    if (const auto count = read_acknowledged(name)) {
        acknowledged_ = *count;
    } else if (count.error().code != ErrorCode::kNotFound) {
        return std::unexpected(count.error());
    } else if (auto made = replace_file(name, encode_acknowledged(0)); !made) {
        return made;
    }
    acknowledged_file_ = FileDescriptor(::open(name.c_str(), O_WRONLY | O_CLOEXEC));
    if (!acknowledged_file_) return system_failure("open", name);
    return {};
}

/// Not synced: it outlives the process at once and a power failure after seconds, and is never ahead of what
/// is durable.
void Journal::note_acknowledged() noexcept {
    const auto bytes = encode_acknowledged(next_);
    [[maybe_unused]] const auto written = ::pwrite(acknowledged_file_.get(), bytes.data(), bytes.size(), 0);
}

Result<void> Journal::make_segment(std::uint64_t first) {
    const std::string name = segment_path(directory_, first);
    if (auto written = replace_file(name, encode_segment_header(first)); !written) return written;
    FileDescriptor file(::open(name.c_str(), O_RDWR | O_CLOEXEC));
    if (!file) return system_failure("open", name);
    file_ = std::move(file);
    segments_.push_back(first);
    end_ = zeroed_ = kSegmentHeader;
    return {};
}

Result<Journal> Journal::open(const std::string& directory, const Replay& replay) {
    Journal journal(directory);
    const auto firsts = segments_in(directory);
    if (!firsts) return std::unexpected(firsts.error());
    if (firsts->empty())
        return fail(ErrorCode::kInternal,
                    fmt::format("no journal is in `{}` though the log exists", directory));
    if (auto opened = journal.open_acknowledged(); !opened) return std::unexpected(opened.error());
    journal.next_ = firsts->front();
    for (const std::uint64_t first : *firsts)
        if (auto done = journal.read_segment(first, first == firsts->back(), replay); !done)
            return std::unexpected(done.error());
    return journal;
}

Result<Journal::Extent> Journal::scan(const std::string& directory, const Replay& replay) {
    // In this order: what is acknowledged now is in the segments that are listed then.
    const auto acknowledged = read_acknowledged(directory + "/acknowledged");
    if (!acknowledged && acknowledged.error().code != ErrorCode::kNotFound)
        return std::unexpected(acknowledged.error());
    const auto firsts = segments_in(directory);
    if (!firsts) return fail(ErrorCode::kUnavailable, firsts.error().message);
    if (firsts->empty()) return fail(ErrorCode::kInternal, fmt::format("no journal is in `{}`", directory));
    std::optional<Extent> extent;
    for (const std::uint64_t first : *firsts) {
        const std::string name = segment_path(directory, first);
        const auto bytes = read_file(name, std::numeric_limits<std::size_t>::max());
        if (!bytes && bytes.error().code == ErrorCode::kNotFound && !extent) continue;  // trimmed meanwhile
        if (!bytes) return fail(ErrorCode::kUnavailable, bytes.error().message);
        if (!extent) extent = {.first = first, .next = first};
        const SegmentName segment{.name = name,
                                  .first = first,
                                  .last = first == firsts->back(),
                                  .acknowledged = acknowledged.value_or(0)};
        if (const auto end = walk_segment(*bytes, segment, extent->next, replay); !end)
            return std::unexpected(end.error());
    }
    return extent.value_or(Extent{.first = acknowledged.value_or(0), .next = acknowledged.value_or(0)});
}

Result<void> Journal::read_segment(std::uint64_t first, bool last, const Replay& replay) {
    const std::string name = segment_path(directory_, first);
    const auto segment = MappedSegment::open(name);
    if (!segment) return std::unexpected(segment.error());
    const ByteView all = segment->bytes();
    const auto at = walk_segment(
        all, {.name = name, .first = first, .last = last, .acknowledged = acknowledged_}, next_, replay);
    if (!at) return std::unexpected(at.error());
    const bool clean = is_zero(all.subspan(*at));
    segments_.push_back(first);
    if (!last) return {};
    file_ = FileDescriptor(::open(name.c_str(), O_RDWR | O_CLOEXEC));
    if (!file_) return system_failure("open", name);
    if (!clean && (::ftruncate(file_.get(), static_cast<off_t>(*at)) != 0 || ::fsync(file_.get()) != 0))
        return system_failure("cut the torn tail of", name);
    end_ = *at;
    zeroed_ = clean ? all.size() : *at;
    return {};
}

Result<void> Journal::reserve(std::uint64_t bytes) {
    const std::string name = segment_path(directory_, segments_.back());
    if (broken_) return not_synced(name);
    // Where the file exists already, written again: that alone shows that it can be.
    const std::uint64_t from = room() >= bytes ? end_ : zeroed_;
    if (auto written = write_all(file_.get(), Bytes(end_ + bytes - from), from, name); !written)
        return written;
    zeroed_ = std::max(zeroed_, end_ + bytes);
    return {};
}

Result<void> Journal::append(std::span<const JournalEntry> group) {
    const std::string name = segment_path(directory_, segments_.back());
    if (broken_) return not_synced(name);
    const Bytes bytes = encode_group(group, next_);
    if (bytes.size() > kMostGroupBytes)
        return fail(ErrorCode::kQuotaExceeded, "the group of entries is too large");
    if (end_ + bytes.size() > zeroed_) {
        const std::uint64_t size = end_ + bytes.size() + std::clamp(end_, kLeastGrowth, kMostGrowth);
        if (auto grown = write_all(file_.get(), Bytes(size - zeroed_), zeroed_, name); !grown) return grown;
        zeroed_ = size;
    }
    if (auto written = write_all(file_.get(), bytes, end_, name); !written) {
        // A part may be on disk: zeros over it, so that no later crash finds a group that nobody was told of.
        (void)write_all(file_.get(), Bytes(bytes.size()), end_, name);
        return written;
    }
    if (::fdatasync(file_.get()) != 0) {
        broken_ = true;  // what the disk holds now is unknown, and a second sync would not tell
        return system_failure("sync", name);
    }
    end_ += bytes.size();
    next_ += group.size();
    note_acknowledged();
    return {};
}

Result<void> Journal::rotate() {
    if (segments_.back() == next_) return {};
    return make_segment(next_);
}

Result<void> Journal::trim(std::uint64_t index) {
    bool removed = false;
    while (segments_.size() > 1 && segments_[1] <= index) {
        if (::unlink(segment_path(directory_, segments_.front()).c_str()) != 0 && errno != ENOENT)
            return system_failure("remove", segment_path(directory_, segments_.front()));
        segments_.erase(segments_.begin());
        removed = true;
    }
    return removed ? sync_directory(directory_) : Result<void>{};
}

}  // namespace visavis::ledger
