#include "match/index.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <unordered_set>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>
#include <fmt/format.h>

#include "base/limits.h"
#include "match/index/codes.h"
#include "match/index/search.h"
#include "match/index/search_queue.h"
#include "match/index/segment.h"
#include "match/index/snapshot.h"

namespace visavis::match {
namespace {

constexpr double kNormTolerance = kLargestNorm - 1;
constexpr std::size_t kMostSegments = limits::kIndexRows / Segment::kRows + 1;

// A writer gives way to searches after this many rows.
constexpr std::size_t kRowsAtOnce = 256;

Result<void> check(std::span<const float> vector, Normalisation normalisation, std::size_t dimension) {
    if (vector.size() != dimension)
        return fail(
            ErrorCode::kInvalidParameter,
            fmt::format("a template has `{}` numbers; this index holds {}", vector.size(), dimension));
    double squares = 0;
    for (const float x : vector) squares += double{x} * double{x};
    if (!(std::abs(std::sqrt(squares) - 1) <= kNormTolerance * 0.999))
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("a template has norm `{}`; expected 1", std::sqrt(squares)));
    if (!(normalisation.weight > 0) || !std::isfinite(normalisation.weight) ||
        !std::isfinite(normalisation.offset))
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("score normalisation has weight `{}` and offset `{}`; expected finite "
                                "numbers, the weight above 0",
                                normalisation.weight, normalisation.offset));
    return {};
}

// Passes side by side: as many as there are cores for.
std::size_t lanes(std::size_t threads) {
    return std::max<std::size_t>(1, std::thread::hardware_concurrency() / std::max<std::size_t>(1, threads));
}

void raise(std::atomic<float>& most, float value) {
    if (value > most.load(std::memory_order_relaxed)) most.store(value, std::memory_order_relaxed);
}

}  // namespace

struct Index::State {
    explicit State(IndexPlace at)
        : place(std::move(at)), codec(place.dimension), queue(lanes(place.threads)) {
        segments.reserve(kMostSegments);
    }

    // A place is segment · Segment::kRows + slot.
    [[nodiscard]] Segment& segment_of(std::uint64_t at) const { return *segments[at / Segment::kRows]; }

    [[nodiscard]] SnapshotFile::Identity identity() const {
        return {.path = place.path, .key = place.key, .model = place.model, .codec = codec};
    }

    [[nodiscard]] BlockPlanes planes() const {
        return [this](std::size_t block) {
            const std::size_t first = block * kFileBlockRows;
            return segment_of(first).planes(first % Segment::kRows, kFileBlockRows);
        };
    }

    [[nodiscard]] std::size_t used_blocks() const {
        return (next_place + kFileBlockRows - 1) / kFileBlockRows;
    }

    // Segments that hold the first `count` places. False if the system has no memory.
    bool grow(std::size_t count) {
        while (segments.size() * Segment::kRows < count) {
            // The first segment keeps small pages, so that small collections stay small.
            auto segment = Segment::make(codec, !segments.empty());
            if (!segment) return false;
            segments.push_back(std::move(segment));
            published.store(segments.size(), std::memory_order_release);
        }
        return true;
    }

    void note(Normalisation normalisation) {
        raise(largest_weight, normalisation.weight);
        raise(largest_offset, std::abs(normalisation.offset));
        if (normalisation != Normalisation{}) weighted.store(true);
    }

    void mark_dirty(std::uint64_t at) {
        const std::size_t block = at / kFileBlockRows;
        if (dirty.size() <= block) dirty.resize(block + 1);
        dirty[block] = true;
    }

    [[nodiscard]] std::span<const std::unique_ptr<Segment>> visible() const {
        return {segments.data(), published.load(std::memory_order_acquire)};
    }

    [[nodiscard]] std::optional<std::uint64_t> find(std::uint64_t key) const {
        const std::shared_lock lock(places_mutex);
        const auto found = places.find(key);
        if (found == places.end()) return std::nullopt;
        return found->second;
    }

    bool load_blocks();
    void collect_places(bool& doubled);
    [[nodiscard]] std::vector<Restriction> restrictions(std::span<const Query> queries) const;
    [[nodiscard]] Result<void> check_query(const Query& query) const;

    const IndexPlace place;
    const Codec codec;
    const kernels::Kernel* kernel{};
    SearchQueue queue;

    std::mutex writer;                   // one of append, erase, sync
    std::unique_ptr<SnapshotFile> file;  // guarded by writer
    std::vector<bool> dirty;             // by file block; guarded by writer
    std::vector<std::uint32_t> holes;    // places of erased rows; guarded by writer
    std::size_t next_place{};            // guarded by writer
    std::vector<std::unique_ptr<Segment>>
        segments;                          // grown by the writer, never moved (capacity is reserved)
    std::atomic<std::size_t> published{};  // segments that searches may read

    std::atomic<bool> weighted{};
    std::atomic<float> largest_weight{1};
    std::atomic<float> largest_offset{0};

    mutable std::shared_mutex places_mutex;
    boost::unordered_flat_map<std::uint64_t, std::uint32_t> places;  // guarded by places_mutex
};

Index::Index(std::unique_ptr<State> state) : state_(std::move(state)) {}
Index::~Index() = default;

// Decrypts the file's blocks into segments. False if some were not whole.
bool Index::State::load_blocks() {
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
        bool whole = state->load_blocks();
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

Result<void> Index::append(std::span<const Row> rows) {
    State& state = *state_;
    const std::lock_guard writing(state.writer);
    std::unordered_set<std::uint64_t> keys;
    for (const Row& row : rows) {
        if (auto checked = check(row.vector, row.normalisation, dimension()); !checked) return checked;
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

std::vector<Restriction> Index::State::restrictions(std::span<const Query> queries) const {
    std::vector<Restriction> all(queries.size());
    const std::shared_lock lock(places_mutex);
    for (std::size_t i = 0; i < queries.size(); ++i) {
        if (!queries[i].only) continue;
        all[i].active = true;
        all[i].keys.assign(queries[i].only->begin(), queries[i].only->end());
        std::ranges::sort(all[i].keys);
        all[i].keys.erase(std::ranges::unique(all[i].keys).begin(), all[i].keys.end());
        for (const std::uint64_t key : all[i].keys)
            if (const auto found = places.find(key); found != places.end())
                all[i].places.push_back(found->second);
        std::ranges::sort(all[i].places);
    }
    return all;
}

Result<void> Index::State::check_query(const Query& query) const {
    if (auto checked = check(query.vector, query.normalisation, place.dimension); !checked) return checked;
    if (query.most == 0 || query.most > limits::kSearchResults)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` results were asked for; 1 to {} are possible", query.most,
                                limits::kSearchResults));
    if (std::isnan(query.threshold))
        return fail(ErrorCode::kInvalidParameter, "the threshold `nan` is not a number");
    return {};
}

Result<std::vector<std::vector<Hit>>> Index::search(std::span<const Query> queries) const {
    const State& state = *state_;
    for (const Query& query : queries)
        if (auto checked = state.check_query(query); !checked) return std::unexpected(checked.error());
    std::vector<std::vector<Hit>> answers;
    for (std::size_t start = 0; start < queries.size(); start += kernels::kMostQueries) {
        const auto part = queries.subspan(start, std::min(kernels::kMostQueries, queries.size() - start));
        auto restrictions = state.restrictions(part);
        const NormalisationRange range{.weighted = state.weighted,
                                       .largest_weight = state.largest_weight,
                                       .largest_offset = state.largest_offset};
        Search search(state.codec, *state.kernel, part, restrictions, range, size());
        for (auto& hits : search.run(state.visible(), state.place.threads))
            answers.push_back(std::move(hits));
    }
    return answers;
}

Result<std::vector<Hit>> Index::search(const Query& query) const {
    if (auto checked = state_->check_query(query); !checked) return std::unexpected(checked.error());
    return state_->queue.run(query, [this](std::span<const Query> queries) { return search(queries); });
}

std::vector<std::uint64_t> Index::keys() const {
    std::vector<std::uint64_t> keys;
    {
        const std::shared_lock lock(state_->places_mutex);
        keys.reserve(state_->places.size());
        for (const auto& entry : state_->places) keys.push_back(entry.first);
    }
    std::ranges::sort(keys);
    return keys;
}

bool Index::contains(std::uint64_t key) const {
    return state_->find(key).has_value();
}

std::size_t Index::size() const {
    const std::shared_lock lock(state_->places_mutex);
    return state_->places.size();
}

std::optional<StoredRow> Index::find(std::uint64_t key) const {
    const auto at = state_->find(key);
    if (!at) return std::nullopt;
    const Segment& segment = state_->segment_of(*at);
    const std::shared_lock lock(segment.mutex);
    const std::size_t slot = *at % Segment::kRows;
    if (!segment.occupied(slot) || segment.key(slot) != key) return std::nullopt;
    const auto vector = segment.vector(slot);
    return StoredRow{.vector = {vector.begin(), vector.end()}, .normalisation = segment.normalisation(slot)};
}

std::size_t Index::dimension() const noexcept {
    return state_->place.dimension;
}

std::string_view Index::kernel() const noexcept {
    return state_->kernel->name;
}

IndexMemory Index::memory() const {
    const std::shared_lock lock(state_->places_mutex);
    const std::size_t map_entry = sizeof(std::pair<std::uint64_t, std::uint32_t>) + 1;
    return {
        .rows = state_->places.size() * Segment::row_bytes(state_->codec),
        .overhead = state_->places.bucket_count() * map_entry + state_->segments.capacity() * sizeof(void*)};
}

}  // namespace visavis::match
