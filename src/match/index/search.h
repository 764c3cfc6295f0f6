// One search over the segments of an index: scan by upper halves, refine by lower halves, decide by floats.
//
// For each query it holds the best rows so far. Their worst score, once there are enough of them, or the
// threshold is the floor; a row whose bound from 4 bits reaches the floor is a candidate, a candidate whose
// bound from 8 bits reaches it is compared in float. Bounds are never below the true score, so the answer is
// that of comparing everything.
//
// A low floor at the start lets many candidates through. So the scan guesses: if the 100 best of a million
// rows are wanted, some 10 of the first 100,000 should be among them, and the 25th best so far is almost
// certainly below the final floor. Guesses are checked: an answer is complete if it is full and its worst
// score is not below the highest guess that was used. Otherwise, as when the rows come sorted, the scan is
// repeated with the floor that is known by then. This halves the candidates.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "match/index.h"
#include "match/index/codes.h"
#include "match/index/segment.h"
#include "match/kernels/kernels.h"

namespace visavis::match {

/// Of all rows, now or earlier.
struct NormalisationRange {
    bool weighted{};  ///< some row is not {1, 0}
    float largest_weight{1};
    float largest_offset{0};  ///< absolute
};

/// Where `Query::only` may be found: places in the index and, to be sure of them, the keys themselves.
struct Restriction {
    bool active{};
    std::vector<std::uint64_t> keys;    ///< ascending
    std::vector<std::uint64_t> places;  ///< segment · Segment::kRows + slot, ascending
};

/// Answers up to kernels::kMostQueries queries in one pass. Used once, from one thread.
class Search {
  public:
    /// `rows`: how many the index holds, about.
    Search(const Codec& codec, const kernels::Kernel& kernel, std::span<const Query> queries,
           std::span<Restriction> restrictions, NormalisationRange range, std::size_t rows);

    /// One list for each query.
    std::vector<std::vector<Hit>> run(std::span<const std::unique_ptr<Segment>> segments,
                                      std::size_t threads);

  private:
    struct Sought {
        const Query* query{};
        Codec::QueryCodes codes;
        std::vector<std::uint64_t> except;  // ascending
        Restriction* only{};
        std::vector<std::uint64_t> allowed;  // a bit for each place; empty: all
        std::atomic<double> floor;           // known
        std::atomic<double> guess;           // the highest that was used
    };
    class Worker;

    [[nodiscard]] bool few_places(const Sought& sought, std::size_t rows) const;
    [[nodiscard]] float cut(double floor, const Sought& sought, const kernels::Cut& shape) const;
    void scan(std::span<const std::unique_ptr<Segment>> segments, std::span<const std::size_t> which,
              std::vector<std::unique_ptr<Worker>>& workers, std::size_t threads);

    const Codec& codec_;
    const kernels::Kernel& kernel_;
    NormalisationRange range_;
    std::size_t rows_;
    bool guessing_{true};
    std::vector<std::unique_ptr<Sought>> sought_;
};

}  // namespace visavis::match
