#include <algorithm>
#include <mutex>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "match/index/state.h"

namespace visavis::match {
namespace {

// A writer gives way to searches after this many rows.
constexpr std::size_t kRowsAtOnce = 256;

}  // namespace

Result<void> Index::append(std::span<const Row> rows) {
    State& state = *state_;
    const std::lock_guard writing(state.writer);
    std::unordered_set<std::uint64_t> keys;
    for (const Row& row : rows) {
        if (auto checked = state.check_row(row.vector, row.normalisation); !checked) return checked;
        if (state.find(row.key) || (rows.size() > 1 && !keys.insert(row.key).second))
            return fail(ErrorCode::kInvalidParameter,
                        fmt::format("key `{}` is in the index already", row.key));
    }
    const std::size_t fresh = rows.size() - std::min(rows.size(), state.holes.size());
    if (state.next_place + fresh > limits::kIndexRows)
        return fail(ErrorCode::kQuotaExceeded,
                    fmt::format("an index holds at most {} rows", limits::kIndexRows));
    if (!state.grow(state.next_place + fresh))
        return fail(ErrorCode::kUnavailable, "there is no memory for more rows");

    std::vector<Codec::RowCodes> codes(std::min(rows.size(), kRowsAtOnce));
    for (std::size_t start = 0; start < rows.size(); start += kRowsAtOnce) {
        const auto part = rows.subspan(start, std::min(kRowsAtOnce, rows.size() - start));
        for (std::size_t i = 0; i < part.size(); ++i) {
            state.codec.encode(part[i].vector, codes[i]);
            state.note(part[i].normalisation);
        }
        std::vector<std::uint64_t> at(part.size());
        for (std::uint64_t& one : at) {
            if (state.holes.empty()) {
                one = state.next_place++;
            } else {
                one = state.holes.back();
                state.holes.pop_back();
            }
            state.mark_dirty(one);
        }
        for (std::size_t i = 0; i < part.size();) {
            Segment& segment = state.segment_of(at[i]);
            const std::unique_lock lock(segment.mutex);
            for (; i < part.size() && &state.segment_of(at[i]) == &segment; ++i)
                segment.put(at[i] % Segment::kRows, part[i].key, part[i].vector, part[i].normalisation,
                            codes[i]);
        }
        const std::unique_lock lock(state.places_mutex);
        for (std::size_t i = 0; i < part.size(); ++i)
            state.places.emplace(part[i].key, static_cast<std::uint32_t>(at[i]));
    }
    return {};
}

Result<std::size_t> Index::erase(std::span<const std::uint64_t> keys) {
    State& state = *state_;
    const std::lock_guard writing(state.writer);
    std::vector<std::uint64_t> gone;
    {
        const std::unique_lock lock(state.places_mutex);
        for (const std::uint64_t key : keys)
            if (const auto found = state.places.find(key); found != state.places.end()) {
                gone.push_back(found->second);
                state.places.erase(found);
            }
    }
    std::vector<std::size_t> touched;
    for (const std::uint64_t at : gone) {
        Segment& segment = state.segment_of(at);
        const std::unique_lock lock(segment.mutex);
        segment.clear(at % Segment::kRows);
        state.holes.push_back(static_cast<std::uint32_t>(at));
        state.mark_dirty(at);
        if (state.file && at / kFileBlockRows < state.file->blocks()) touched.push_back(at / kFileBlockRows);
    }
    if (touched.empty()) return gone.size();
    std::ranges::sort(touched);
    touched.erase(std::ranges::unique(touched).begin(), touched.end());
    auto written = state.file->unsettle();
    if (written) written = state.file->write_blocks(touched, state.planes());
    if (!written) {
        state.file->remove();
        state.file.reset();
        return std::unexpected(written.error());
    }
    for (const std::size_t block : touched) state.dirty[block] = false;
    return gone.size();
}

Result<void> Index::sync(std::uint64_t generation) {
    State& state = *state_;
    const std::lock_guard writing(state.writer);
    if (state.place.path.empty()) return {};
    const std::size_t blocks = state.used_blocks();
    if (!state.file) {
        auto created = SnapshotFile::create(state.identity(), blocks, state.planes(), generation);
        if (!created) return std::unexpected(created.error());
        state.file = std::make_unique<SnapshotFile>(std::move(*created));
        state.dirty.clear();
        return {};
    }
    std::vector<std::size_t> changed;
    for (std::size_t block = 0; block < state.dirty.size(); ++block)
        if (state.dirty[block]) changed.push_back(block);
    if (!changed.empty()) {
        if (auto done = state.file->unsettle(); !done) return done;
        if (auto done = state.file->write_blocks(changed, state.planes()); !done) return done;
        state.dirty.clear();
    }
    return state.file->settle(blocks, generation);
}

}  // namespace visavis::match
