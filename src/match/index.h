// The exact vector index of one collection: which rows score highest against a query, and by how much.
//
// "Exact" means: the same rows in the same order with the same scores as comparing the query with every row
// by match::cosine() and match::normalised(). Nothing is approximated away; what makes it fast is that rows
// which cannot reach the answer are ruled out from fewer bits (see index/codes.h).
//
//     auto opened = Index::open({.path = "…/index", .key = key, .model = pack.hash, .dimension = 128},
//     generation);
//     // unless opened->state is kValid: compare opened->index->keys() with the database, append(), erase()
//     auto hits = opened->index->search({.vector = probe, .threshold = 0.49, .most = 10});
//
// Rows are named by 64-bit keys that the caller maps to faces or users. A key stands for one template as long
// as a snapshot may hold it: a template that changes takes a new key. The database is the truth, the index
// and its snapshot file are derived from it and can be rebuilt from it at any time.
//
// Threads: search(), find(), keys(), contains(), size() and memory() may run at any time from any number of
// threads; append(), erase() and sync() exclude one another and hold up searches for at most the copying of
// 256 rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "match/score.h"

namespace visavis::match {

/// Whether a vector is a template: finite numbers of unit norm (within 1e-3).
[[nodiscard]] bool is_template(std::span<const float> vector) noexcept;

/// Name of the instructions that searches run with on this processor, e.g. `avx2`.
[[nodiscard]] std::string_view search_kernel() noexcept;

struct Row {
    std::uint64_t key{};
    std::span<const float> vector;  ///< unit norm (within 1e-3), dimension() numbers
    Normalisation normalisation{};
};

struct Query {
    std::span<const float> vector;  ///< as Row's
    Normalisation normalisation{};
    double threshold{
        -std::numeric_limits<double>::infinity()};  ///< of the score; rows equal to it are returned
    std::size_t most{100};                          ///< 1…limits::kSearchResults
    std::optional<std::span<const std::uint64_t>>
        only{};                               ///< if set: no row but these; unknown keys are ignored
    std::span<const std::uint64_t> except{};  ///< never these (e.g. the searched face itself)
};

struct Hit {
    std::uint64_t key{};
    double score{};   ///< normalised(cosine, query, row)
    double cosine{};  ///< −1…1

    friend bool operator==(const Hit&, const Hit&) = default;
};

struct StoredRow {
    std::vector<float> vector;
    Normalisation normalisation;
};

/// What open() found in the snapshot file.
enum class SnapshotState {
    kValid,    ///< as the database is: ready to search
    kMissing,  ///< no file: the index is empty
    kStale,    ///< another generation, or another model or dimension (then the index is empty)
    kCorrupt,  ///< truncated, torn or altered: the index holds the rows of the blocks that are whole
};

/// Where an index lives. Without a path it lives in memory alone and sync() does nothing.
struct IndexPlace {
    std::string path{};       ///< of the snapshot file; its directory exists
    Bytes key{};              ///< 32 bytes that encrypt the file; kept by the caller. Not used without a path
    std::string model{};      ///< names the model pack and its version, e.g. ModelPack::hash
    std::size_t dimension{};  ///< 1…4096
    std::string kernel{};     ///< instruction set to search with; empty: the fastest the processor has
    std::size_t threads{1};   ///< that one search() and open() may use
};

/// Bytes held in memory.
struct IndexMemory {
    std::size_t rows{};      ///< planes that mirror the snapshot's content: int8, float, normalisation, keys
    std::size_t overhead{};  ///< everything else: key map, free list, structures
};

class Index {
  public:
    struct Opened;

    /// Loads the snapshot of `place`, or gives an empty index. Whatever the state, the index may be searched
    /// and holds only rows that were appended for this model; unless it is kValid the caller brings it up to
    /// date: append() the rows that keys() lacks, erase() those that the database lacks, sync().
    /// `generation` is the database's: a number that changes with every change of the collection's rows.
    /// kInvalidParameter for a dimension or key of a wrong size or an unknown kernel; kUnavailable if the
    /// file is there but the system refuses to open it.
    static Result<Opened> open(IndexPlace place, std::uint64_t generation);

    /// Whether open() would find the snapshot kValid, as far as its header tells: nothing else is read.
    [[nodiscard]] static bool is_current(IndexPlace place, std::uint64_t generation);

    Index(const Index&) = delete;
    Index& operator=(const Index&) = delete;
    ~Index();

    /// Adds rows; searches that begin afterwards see them all. In memory only until sync().
    /// kInvalidParameter (nothing is added) if a vector has another length, is not of unit norm or holds a
    /// number that is none, if a weight is not above 0, or if a key comes twice or is there already;
    /// kQuotaExceeded beyond limits::kIndexRows.
    Result<void> append(std::span<const Row> rows);

    /// Removes rows: zeroed in memory at once, and every block of the snapshot file that held one is zeroed
    /// there, encrypted anew, written and synced before this returns. A search that began before may still
    /// name the key. Gives how many of the keys were there; unknown keys are no error. kUnavailable if the
    /// file cannot be written: the rows are gone from memory all the same, and the file has been marked or
    /// removed so that it cannot be taken for valid.
    Result<std::size_t> erase(std::span<const std::uint64_t> keys);

    /// Makes the snapshot file equal to the index and marks it with the database's generation. Writes only
    /// blocks that changed, or a whole new file where there is none. kUnavailable, naming the file, if that
    /// fails; the file is then stale, never wrong.
    Result<void> sync(std::uint64_t generation);

    /// The best rows of each query: highest score first, equal scores by ascending key. Eight queries share
    /// one pass over memory; single ones that come from several threads and must wait for a core do so too.
    /// kInvalidParameter for a query of another length, of no unit norm, or with `most` out of range.
    [[nodiscard]] Result<std::vector<std::vector<Hit>>> search(std::span<const Query> queries) const;
    [[nodiscard]] Result<std::vector<Hit>> search(const Query& query) const;

    /// Keys of all rows, ascending.
    [[nodiscard]] std::vector<std::uint64_t> keys() const;
    [[nodiscard]] bool contains(std::uint64_t key) const;
    [[nodiscard]] std::size_t size() const;

    /// A row as it was appended; nothing if the key is not there.
    [[nodiscard]] std::optional<StoredRow> find(std::uint64_t key) const;

    [[nodiscard]] std::size_t dimension() const noexcept;
    [[nodiscard]] std::string_view kernel() const noexcept;  ///< in use, e.g. `avx512vnni`
    [[nodiscard]] IndexMemory memory() const;

  private:
    struct State;
    explicit Index(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

struct Index::Opened {
    SnapshotState state{};
    std::string reason;  ///< for a person, why it is not valid; empty if it is
    std::unique_ptr<Index> index;
};

}  // namespace visavis::match
