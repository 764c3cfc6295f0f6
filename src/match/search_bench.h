// What `visavis bench search` measures: how long an exact search takes, and how long the machine needs to
// read the same bytes at all, in turns within one run, so that a busy machine slows both.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/error.h"

namespace visavis::match {

struct SearchBenchOptions {
    std::size_t faces{1'000'000};
    std::size_t dimension{128};
    std::size_t threads{1};
    std::size_t most{100};
    double threshold{0.494};  ///< of the score; the default is the cosine that means Similarity 80 with SFace
    std::size_t mates{
        120};  ///< rows that belong to the person of each query, at cosines 0.5…0.8, evenly spread
    std::size_t rounds{50};  ///< each with another query
    std::size_t checked{3};  ///< queries whose answer is compared with that of comparing everything in float
    bool weighted{};         ///< rows and queries with score normalisation
    std::string kernel;      ///< empty: the fastest
    std::string faces_file;  ///< float32 templates to search instead of synthetic ones; sets `faces`
    std::string queries_file;  ///< with it: the queries, as many as `rounds`
    std::string answers_file;  ///< where to write each query's answer, one line of `key:score` pairs each
    std::string folder;        ///< where to write a snapshot to measure a cold start; empty: not measured
    std::function<void(std::size_t done, std::size_t all)> progress;  ///< while faces are made; may be empty
};

struct Milliseconds {
    double median{};
    double p95{};
    double least{};
};

struct SearchBenchResult {
    std::size_t faces{};
    std::string kernel;
    Milliseconds search;  ///< one query
    Milliseconds batch;   ///< eight queries in one call
    Milliseconds read;    ///< plain sequential read of as many bytes as the search scans
    std::size_t scanned_bytes{};
    double answers{};  ///< rows returned, on average
    bool equal{};      ///< every checked answer was exactly that of comparing everything
    double append_per_second{};
    double memory_per_face{};  ///< resident, all that the index takes, in bytes
    double file_per_face{};    ///< bytes of the snapshot; 0 if there is none
    double save_seconds{};
    double cold_seconds{};  ///< from opening the snapshot, dropped from the page cache, to the first answer
};

/// kInvalidParameter for options out of range or files that do not fit; the index's errors.
[[nodiscard]] Result<SearchBenchResult> bench_search(const SearchBenchOptions& options);

}  // namespace visavis::match
