// The inside of the openings: what keeping, finding and erasing share. Not to be included elsewhere.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <mutex>
#include <unordered_map>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include "ledger/opening_schema.h"
#include "ledger/opening_store.h"

namespace visavis::ledger {

/// Runs `work`, turning SQLite's exceptions into errors.
template <typename Work>
auto guarded(Work&& work) -> decltype(work()) {
    try {
        return std::forward<Work>(work)();
    } catch (const SQLite::Exception& error) {
        constexpr int kFull = 13;
        if (error.getErrorCode() == kFull)
            return fail(ErrorCode::kUnavailable, "the disk is full: the ledger's openings cannot be written");
        return fail(ErrorCode::kUnavailable, fmt::format("the ledger's openings: {}", error.what()));
    }
}

[[nodiscard]] inline Bytes blob(const SQLite::Column& column) {
    const auto* data = static_cast<const std::uint8_t*>(column.getBlob());
    return {data, data + column.getBytes()};
}

/// Tags are keyed hashes: any part of one is a hash.
struct TagHash {
    std::size_t operator()(const Hash& tag) const noexcept {
        std::size_t value = 0;
        std::memcpy(&value, tag.data(), sizeof(value));
        return value;
    }
};

struct OpeningStore::State {
    /// Of an erasure that is not settled: whatever arrives about the person is erased.
    static constexpr std::int64_t kUnderWay = std::numeric_limits<std::int64_t>::max();

    State(const std::string& path, OpeningKeys given);

    // Keeping.
    Result<void> keep_one(std::uint64_t index, const JournalEntry& entry, SealedOpenings openings);
    Result<void> erase_on_arrival(const JournalEntry& entry, SealedOpenings& openings) const;
    void keep_ways();
    void keep_verification(std::uint64_t index, const JournalEntry& entry) const;

    /// Receipts about any of the subjects, ascending, each once.
    std::vector<std::uint64_t> receipts_of(std::span<const std::string> subjects) const;

    // Erasing. Each within the caller's transaction.
    Result<Erasure> erase_openings(std::span<const std::uint64_t> receipts,
                                   const EraseSome& erase_some) const;
    void remember(std::span<const std::string> subjects, const ErasureReceipt& receipt) const;
    void collect_ways(const std::string& kept, std::uint64_t receipt, const Openings& openings);
    void forget_ways();
    void keep_unsettled(const std::optional<Prepared>& receipt) const;

    /// At start: erasures that a crash cut short and that were to leave no receipt end now.
    void end_abandoned() const;
    /// Overwrites what the write-ahead log still holds of before an erasure. Not possible while somebody, in
    /// another process perhaps, reads the older state: it stays due then. Does not wait for them.
    void empty_write_ahead_log();
    /// From the table; after each change of it.
    void read_erased();

    mutable std::mutex mutex;
    bool emptying_due{true};  // a process before this one may have left it to be done
    SQLite::Database database;
    OpeningKeys keys;
    std::unordered_map<Hash, std::int64_t, TagHash> erased;  // until when, as in the table
    std::vector<std::pair<Hash, std::uint64_t>>
        ways;  // from people to receipts, of the transaction under way
    SQLite::Statement insert_opening{database, "INSERT OR IGNORE INTO opening VALUES (?, ?, ?)"};
    SQLite::Statement insert_subject{database, "INSERT OR IGNORE INTO subject VALUES (?, ?)"};
};

[[nodiscard]] std::int64_t milliseconds_of(TimePoint time);

/// How many openings of one receipt go with those whom `is_erased` names.
std::uint64_t erase_from(Openings& openings,
                         const std::function<bool(const std::string& subject)>& is_erased);

}  // namespace visavis::ledger
