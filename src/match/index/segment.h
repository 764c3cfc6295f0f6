// 65,536 rows in memory, side by side in planes: what a scan reads lies together, what only a few candidates
// need lies elsewhere.
//
// One anonymous mapping holds all planes; pages that no row has touched cost nothing, so that a thousand
// small collections stay small. The mapping is left out of core dumps. Rows are overwritten with zeros when
// they are erased.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>

#include "match/index/codes.h"
#include "match/score.h"

namespace visavis::match {

/// A reader-writer lock whose writer does not starve: readers that come after it wait for it.
class FairSharedMutex {
  public:
    void lock() {
        gate_.lock();
        mutex_.lock();
        gate_.unlock();
    }
    void unlock() { mutex_.unlock(); }
    void lock_shared() {
        const std::lock_guard turn(gate_);
        mutex_.lock_shared();
    }
    void unlock_shared() { mutex_.unlock_shared(); }

  private:
    std::mutex gate_;
    std::shared_mutex mutex_;
};

/// Reading wants `mutex` shared, writing wants it exclusively; the class does not take it.
class Segment {
  public:
    static constexpr std::size_t kRows = 65'536;
    static constexpr std::size_t kScanBlocks = kRows / kernels::kBlockRows;

    /// Zeros. With `huge`, in pages of 2 MiB where the system has them: faster to scan, but a row takes a
    /// whole such page of each plane. Null if the system has no memory to give.
    static std::unique_ptr<Segment> make(const Codec& codec, bool huge);

    Segment(const Segment&) = delete;
    Segment& operator=(const Segment&) = delete;
    ~Segment();

    /// `slot` must be empty.
    void put(std::size_t slot, std::uint64_t key, std::span<const float> vector, Normalisation normalisation,
             const Codec::RowCodes& codes);

    /// Zeros in every plane.
    void clear(std::size_t slot);

    [[nodiscard]] bool occupied(std::size_t slot) const noexcept { return scale(slot) != 0; }
    [[nodiscard]] std::uint8_t scale(std::size_t slot) const noexcept {
        return scan_block(slot / kernels::kBlockRows)[slot % kernels::kBlockRows];
    }
    [[nodiscard]] std::uint64_t key(std::size_t slot) const noexcept { return keys_[slot]; }
    [[nodiscard]] std::span<const float> vector(std::size_t slot) const noexcept {
        return {vectors_ + slot * codec_.dimension(), codec_.dimension()};
    }
    [[nodiscard]] Normalisation normalisation(std::size_t slot) const noexcept {
        return {weights_[slot], offsets_[slot]};
    }
    [[nodiscard]] const std::uint8_t* low(std::size_t slot) const noexcept {
        return low_ + slot * codec_.low_bytes();
    }

    /// Starts to bring in what a comparison of this row reads.
    void prefetch(std::size_t slot) const noexcept;

    /// Says that rows may lie below `end`; put() does so itself.
    void use(std::size_t end) noexcept { used_ = std::max(used_, end); }

    /// The rows below use(), for a kernel.
    [[nodiscard]] kernels::Area area(bool weighted) const noexcept;

    /// The planes' bytes for `count` rows from `first`, both multiples of kBlockRows, in the order of the
    /// snapshot's blocks: keys, weights, offsets, scan blocks, lower halves, vectors.
    struct Planes {
        std::span<std::uint8_t> part[6];
    };
    [[nodiscard]] Planes planes(std::size_t first, std::size_t count) noexcept;

    /// Bytes of all planes a row.
    static std::size_t row_bytes(const Codec& codec) noexcept;

    mutable FairSharedMutex mutex;

  private:
    Segment(const Codec& codec, std::uint8_t* memory, std::size_t bytes);

    [[nodiscard]] std::uint8_t* scan_block(std::size_t block) const noexcept {
        return blocks_ + block * codec_.block_bytes();
    }

    Codec codec_;
    std::uint8_t* memory_;
    std::size_t bytes_;
    std::size_t used_{};
    std::uint8_t* blocks_;  // aligned to a page, as is each of the following
    std::uint8_t* low_;
    float* vectors_;  // as they were appended
    float* weights_;
    float* offsets_;
    std::uint64_t* keys_;
};

}  // namespace visavis::match
