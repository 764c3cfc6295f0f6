// What an Index holds, shared by the files that open it (opening.cpp), change it (changing.cpp) and read it
// (../index.cpp).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/limits.h"
#include "match/index.h"
#include "match/index/codes.h"
#include "match/index/search.h"
#include "match/index/search_queue.h"
#include "match/index/segment.h"
#include "match/index/snapshot.h"

namespace visavis::match {

inline constexpr std::size_t kMostSegments = limits::kIndexRows / Segment::kRows + 1;

struct Index::State {
    explicit State(IndexPlace at);

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
    bool grow(std::size_t count);

    void note(Normalisation normalisation);

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

    [[nodiscard]] bool load_blocks() const;
    void collect_places(bool& doubled);
    [[nodiscard]] Result<void> check_row(std::span<const float> vector, Normalisation normalisation) const;
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

}  // namespace visavis::match
