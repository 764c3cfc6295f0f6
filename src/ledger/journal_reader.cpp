#include "ledger/journal_reader.h"

#include <algorithm>

#include <fmt/format.h>

namespace visavis::ledger {

Result<void> JournalReader::open_segment() {
    const auto firsts = segments_in(directory_);
    if (!firsts) return std::unexpected(firsts.error());
    const auto after = std::ranges::upper_bound(*firsts, next_);
    if (after == firsts->begin())
        return fail(ErrorCode::kInternal,
                    fmt::format("entry {} is not in the journal `{}` any more", next_, directory_));
    const std::uint64_t first = *std::prev(after);
    auto segment = MappedSegment::open(segment_path(directory_, first));
    if (!segment) return std::unexpected(segment.error());
    // The same one, grown meanwhile, is read on where it ended.
    if (!open_ || open_->first != first) at_ = kSegmentHeader;
    open_.emplace(first, std::move(*segment));
    return {};
}

Result<Group> JournalReader::group() {
    for (const bool again : {false, true}) {
        if (again || !open_)
            if (auto opened = open_segment(); !opened) return std::unexpected(opened.error());
        const ByteView all = open_->segment.bytes();
        while (at_ < all.size()) {
            auto found = decode_group(all.subspan(at_));
            if (!found || found->first > next_) break;
            if (found->first + found->entries.size() > next_) return std::move(*found);
            at_ += found->bytes;
        }
    }
    return fail(ErrorCode::kInternal,
                fmt::format("`{}` cannot be read at byte {}, where entry {} should stand",
                            segment_path(directory_, open_->first), at_, next_));
}

Result<std::vector<JournalEntry>> JournalReader::read(std::uint64_t end, std::size_t most_bytes) {
    std::vector<JournalEntry> entries;
    std::size_t bytes = 0;
    const std::uint64_t begin = next_;
    while (next_ < end && (entries.empty() || bytes < most_bytes)) {
        const auto found = group();
        if (!found) {
            next_ = begin;
            open_.reset();
            return std::unexpected(found.error());
        }
        for (auto i = static_cast<std::size_t>(next_ - found->first);
             i < found->entries.size() && next_ < end && (entries.empty() || bytes < most_bytes);
             ++i, ++next_) {
            const JournalView& view = found->entries[i];
            bytes += view.entry.size() + view.openings.size();
            entries.push_back(view.copy());
        }
        if (next_ == found->first + found->entries.size()) at_ += found->bytes;
    }
    return entries;
}

}  // namespace visavis::ledger
