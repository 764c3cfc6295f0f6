#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "match/index/state.h"

namespace visavis::match {

// Decrypts the file's blocks into segments. False if some were not whole.
bool Index::State::load_blocks() const {
    std::atomic<std::size_t> next = 0;
    std::atomic<bool> whole = true;
    const auto planes_of = planes();
    const auto work = [&] {
        Bytes buffer;
        for (std::size_t block = next++; block < file->blocks(); block = next++)
            if (!file->read_block(block, planes_of(block), buffer)) whole = false;
    };
    {
        std::vector<std::jthread> helpers;
        for (std::size_t i = 1; i < place.threads; ++i) helpers.emplace_back(work);
        work();
    }
    return whole;
}

// Fills the key map and the list of holes from the segments. A key that stands twice keeps its first row.
void Index::State::collect_places(bool& doubled) {
    places.reserve(next_place);
    for (std::uint64_t at = 0; at < next_place; ++at) {
        Segment& segment = segment_of(at);
        const std::size_t slot = at % Segment::kRows;
        if (slot == 0) segment.use(std::min(Segment::kRows, next_place - at));
        if (segment.occupied(slot) &&
            !places.emplace(segment.key(slot), static_cast<std::uint32_t>(at)).second) {
            segment.clear(slot);
            doubled = true;
        }
        if (segment.occupied(slot))
            note(segment.normalisation(slot));
        else
            holes.push_back(static_cast<std::uint32_t>(at));
    }
}

Result<Index::Opened> Index::open(IndexPlace place, std::uint64_t generation) {
    if (place.dimension == 0 || place.dimension > limits::kTemplateDimension)
        return fail(ErrorCode::kInvalidParameter, fmt::format("`{}` is no dimension of an index; 1 to {} are",
                                                              place.dimension, limits::kTemplateDimension));
    if (!place.path.empty() && place.key.size() != 32)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("an index key has `{}` bytes; expected 32", place.key.size()));
    auto state = std::make_unique<State>(std::move(place));
    state->kernel = kernels::find(state->place.kernel.c_str());
    if (state->kernel == nullptr)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("this processor has no search kernel `{}`", state->place.kernel));

    Opened opened{.state = SnapshotState::kMissing, .reason = "it lives in memory alone", .index = nullptr};
    if (!state->place.path.empty()) {
        auto opening = SnapshotFile::open(state->identity());
        opened.reason = std::move(opening.reason);
        switch (opening.trouble) {
            case SnapshotFile::Trouble::kSystem:
                return fail(ErrorCode::kUnavailable, opened.reason);
            case SnapshotFile::Trouble::kMissing:
                break;
            case SnapshotFile::Trouble::kUnreadable:
                opened.state = SnapshotState::kCorrupt;
                break;
            case SnapshotFile::Trouble::kForeign:
                opened.state = SnapshotState::kStale;
                break;
            case SnapshotFile::Trouble::kNone:
                state->file = std::move(opening.file);
                opened.state = SnapshotState::kValid;
        }
    }
    if (state->file) {
        const std::size_t blocks = state->file->blocks();
        if (blocks * kFileBlockRows > kMostSegments * Segment::kRows || !state->grow(blocks * kFileBlockRows))
            return fail(ErrorCode::kUnavailable,
                        fmt::format("there is no memory for {} rows", blocks * kFileBlockRows));
        const bool whole = state->load_blocks();
        state->next_place = blocks * kFileBlockRows;
        bool doubled = false;
        state->collect_places(doubled);
        if (!whole || doubled) {
            opened.state = SnapshotState::kCorrupt;
            opened.reason = fmt::format("index file `{}` has blocks that are torn, altered or missing",
                                        state->place.path);
            state->file.reset();  // so that sync() writes a whole new one
        } else if (!state->file->settled() || state->file->generation() != generation) {
            opened.state = SnapshotState::kStale;
            opened.reason = state->file->settled()
                                ? fmt::format("index file `{}` is of generation {}; the database is at {}",
                                              state->place.path, state->file->generation(), generation)
                                : fmt::format("index file `{}` was being changed when it was last used",
                                              state->place.path);
        }
    }
    opened.index = std::unique_ptr<Index>(new Index(std::move(state)));
    return opened;
}

bool Index::is_current(IndexPlace place, std::uint64_t generation) {
    const State state(std::move(place));
    const auto opening = SnapshotFile::open(state.identity());
    return opening.file && opening.file->settled() && opening.file->generation() == generation;
}

}  // namespace visavis::match
