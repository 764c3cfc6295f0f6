// The two inner loops of a search, once for every instruction set, chosen at run time.
//
// Rows are coded in 8 bits a number (see index/codes.h). The upper four bits of 32 rows make a block:
//
//     scale[32] slack[32]                       one byte a row each; scale 0 = no row
//     for each group of 8 numbers:              128 bytes
//         for each of the 32 rows: 4 bytes      byte b = number b in the low, number b + 4 in the high nibble
//
// so that one multiply-add instruction serves 4 numbers of 16 rows (AVX-512) and no sum across a register is
// ever needed. The lower four bits lie row by row, in the same order of numbers.
//
// The sources of this folder are compiled with flags that the machine may not support. They therefore hold
// and call nothing that the linker could merge with another file's copy: no standard containers, no inline
// functions.
#pragma once

#include <cstddef>
#include <cstdint>

namespace visavis::match::kernels {

inline constexpr std::size_t kBlockRows = 32;
inline constexpr std::size_t kGroup = 8;
inline constexpr std::size_t kMostQueries = 8;

/// Candidates whose rows of lower halves are on their way while one is summed: between a scan and its
/// candidates' refinement, megabytes have passed through the caches.
inline constexpr std::size_t kRefineAhead = 24;

/// Candidates of all queries in a block, on average; see Kernel::where_many.
inline constexpr std::size_t kManyCandidates = 1;

/// Bytes of a block's head, and of one group of all its rows.
inline constexpr std::size_t kHeadBytes = 2 * kBlockRows;
inline constexpr std::size_t kGroupBytes = 4 * kBlockRows;

/// Rows to scan.
struct Area {
    const std::uint8_t* blocks{};  ///< 64-byte aligned; kHeadBytes + groups · kGroupBytes each
    std::size_t block_count{};
    std::size_t groups{};       ///< a multiple of 4
    const std::uint8_t* low{};  ///< lower halves, groups · 4 bytes a row
    const float* weights{};     ///< one a row, or null: every row has weight 1 and offset 0
    const float* offsets{};
};

/// What one query asks of a row. The row is a candidate if
///     bound = scale · ((dot + bias) · gain + slack · slack_gain)            (scale, slack: the row's bytes)
/// is at least `cut`; where rows have weights, if
///     max(bound + rest, −1) · (weight + ½ row weight) − (offset + ½ row offset)
/// is. `dot` = Σ upper nibble · query code.
struct Cut {
    float bias{};
    float gain{};
    float slack_gain{};
    float cut{};
    float rest{};
    float weight{};
    float offset{};
};

/// 1…kMostQueries queries that share one pass.
struct Batch {
    std::size_t count{};
    const std::int8_t* codes{};  ///< [group][query][8]
    /// The same codes of each query in a row: of numbers 0…3 of each group, and of numbers 4…7.
    const std::int8_t* low_codes[kMostQueries]{};
    const std::int8_t* high_codes[kMostQueries]{};
    Cut cuts[kMostQueries];
};

struct Candidate {
    std::uint32_t row{};    ///< within the area
    std::uint16_t query{};  ///< within the batch
    std::uint16_t scale{};  ///< the row's byte
    std::int32_t dot{};     ///< never below what Cut says, above it by Kernel::excess a group at most
};

struct Kernel {
    const char* name;

    /// See Candidate::dot.
    std::int32_t excess{0};

    /// Null, or the kernel that is faster where a block has more than kManyCandidates.
    const Kernel* where_many{nullptr};

    /// Scans blocks from `first` on, writes candidates and returns the first block not scanned: it stops
    /// where fewer than count · kBlockRows places are left. `found` is set to the number written; `room` is
    /// at least count · kBlockRows. Never reads outside the area.
    std::size_t (*scan)(const Area& area, std::size_t first, const Batch& batch, Candidate* out,
                        std::size_t room, std::size_t* found);

    /// For each candidate, Σ nibble · query code over its row of lower halves, into `sums`.
    void (*refine)(const Area& area, const Batch& batch, const Candidate* candidates, std::size_t count,
                   std::int32_t* sums);

    /// Exclusive or of all 8-byte words: the plain sequential read that a benchmark compares a scan with.
    /// `from` is 64-byte aligned, `bytes` a multiple of 64.
    std::uint64_t (*read)(const std::uint8_t* from, std::size_t bytes);
};

extern const Kernel kScalar;
#ifdef __x86_64__
extern const Kernel kSse42;
extern const Kernel kAvx2;
extern const Kernel kAvx512Vnni;
extern const Kernel kAvx512Vbmi;
#elifdef __aarch64__
extern const Kernel kNeon;
#endif

/// Kernels that this processor can run, the fastest first; ends with null. The last is always `scalar`.
const Kernel* const* available();

/// The one of that name, the fastest for an empty name, null if there is none or the processor lacks it.
const Kernel* find(const char* name);

}  // namespace visavis::match::kernels
