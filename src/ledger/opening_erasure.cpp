// Erasing openings, and remembering that they were erased.
#include <algorithm>
#include <set>

#include <sqlite3.h>

#include "base/clock.h"
#include "ledger/opening_state.h"
#include "ledger/receipt.h"

namespace visavis::ledger {
namespace {

/// The first column of every row.
std::vector<Hash> hashes(SQLite::Statement& query) {
    std::vector<Hash> found;
    while (query.executeStep()) {
        const Bytes bytes = blob(query.getColumn(0));
        if (bytes.size() == sizeof(Hash)) std::ranges::copy(bytes, found.emplace_back().begin());
    }
    return found;
}

/// 1, or 0 if it was erased before.
std::uint64_t erase_one(Opening& opening) {
    if (opening.erased()) return 0;
    opening.salt.clear();
    opening.value.clear();
    opening.subject.clear();
    return 1;
}

/// How many openings of one receipt say what was searched for and found.
std::uint64_t erase_results(Openings& openings) {
    std::uint64_t count = 0;
    for (auto* list : {&openings.candidates, &openings.subjects})
        for (auto& opening : *list) count += erase_one(opening);
    for (auto& opening : openings.fields)
        if (opening.field.starts_with("probe-")) count += erase_one(opening);
    return count;
}

}  // namespace

std::int64_t milliseconds_of(TimePoint time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::uint64_t erase_from(Openings& openings,
                         const std::function<bool(const std::string& subject)>& is_erased) {
    std::uint64_t count = 0;
    const auto about = [&](const Opening& opening) {
        return !opening.erased() && !opening.subject.empty() && is_erased(opening.subject);
    };
    const bool shown = std::ranges::any_of(openings.subjects, about) ||
                       (!openings.candidates.empty() && about(openings.candidates.front()));
    for (auto* list : {&openings.candidates, &openings.subjects})
        for (auto& opening : *list)
            if (about(opening)) count += erase_one(opening);
    if (shown)
        for (auto& opening : openings.fields)
            if (opening.field.starts_with("probe-")) count += erase_one(opening);
    return count;
}

Result<Erasure> OpeningStore::State::erase_openings(std::span<const std::uint64_t> receipts,
                                                    const EraseSome& erase_some) const {
    Erasure result;
    SQLite::Statement query(database, "SELECT id, sealed FROM opening WHERE receipt = ?");
    SQLite::Statement update(database, "UPDATE opening SET sealed = ? WHERE receipt = ?");
    for (const std::uint64_t receipt : receipts) {
        query.reset();
        query.bind(1, static_cast<std::int64_t>(receipt));
        if (!query.executeStep()) continue;
        const std::string id = query.getColumn(0).getString();
        auto openings = open_openings(keys, id, blob(query.getColumn(1)));
        if (!openings) return std::unexpected(openings.error());
        const std::uint64_t gone = erase_some(receipt, *openings);
        if (gone == 0) continue;
        const Bytes sealed = seal_openings(keys, id, *openings);
        update.reset();
        update.bind(1, sealed.data(), static_cast<int>(sealed.size()));
        update.bind(2, static_cast<std::int64_t>(receipt));
        update.exec();
        ++result.receipts;
        result.openings += gone;
    }
    return result;
}

/// The ways from the subjects to receipts go; that they were erased stays, under the receipt's id.
void OpeningStore::State::remember(std::span<const std::string> subjects,
                                   const ErasureReceipt& receipt) const {
    SQLite::Statement remove(database, "DELETE FROM subject WHERE tag = ?");
    SQLite::Statement insert(database, "INSERT INTO erased VALUES (?, ?, ?)");
    for (const auto& subject : subjects) {
        const Hash tag = subject_tag(keys, subject);
        for (auto* statement : {&remove, &insert}) {
            statement->reset();
            statement->bind(1, tag.data(), static_cast<int>(tag.size()));
        }
        insert.bind(2, receipt.id);
        insert.bind(3, kUnderWay);
        remove.exec();
        insert.exec();
    }
}

/// Every way to this receipt but that of `kept`: found by what it says, since the table has them by person.
void OpeningStore::State::collect_ways(const std::string& kept, std::uint64_t receipt,
                                       const Openings& openings) {
    for (const auto* list : {&openings.candidates, &openings.subjects})
        for (const auto& opening : *list)
            if (!opening.subject.empty() && opening.subject != kept)
                ways.emplace_back(subject_tag(keys, opening.subject), receipt);
}

/// In the table's order, as they were kept.
void OpeningStore::State::forget_ways() {
    std::ranges::sort(ways);
    SQLite::Statement remove(database, "DELETE FROM subject WHERE tag = ? AND receipt = ?");
    for (const auto& [tag, receipt] : ways) {
        remove.reset();
        remove.bindNoCopy(1, tag.data(), static_cast<int>(tag.size()));
        remove.bind(2, static_cast<std::int64_t>(receipt));
        remove.exec();
    }
    ways.clear();
}

void OpeningStore::State::keep_unsettled(const std::optional<Prepared>& receipt) const {
    if (!receipt) return;
    const Bytes prepared = encode_prepared(*receipt);
    SQLite::Statement keep(database, "INSERT INTO unsettled (id, prepared) VALUES (?, ?)");
    keep.bind(1, receipt->id);
    keep.bind(2, prepared.data(), static_cast<int>(prepared.size()));
    keep.exec();
}

void OpeningStore::State::end_abandoned() const {
    constexpr const char* kAbandoned = "until = ? AND id NOT IN (SELECT id FROM unsettled)";
    SQLite::Statement find(database, fmt::format("SELECT 1 FROM erased WHERE {}", kAbandoned));
    find.bind(1, kUnderWay);
    if (!find.executeStep()) return;
    find.reset();
    SQLite::Statement end(database, fmt::format("UPDATE erased SET until = ? WHERE {}", kAbandoned));
    end.bind(1, milliseconds_of(SystemClock().now()));
    end.bind(2, kUnderWay);
    end.exec();
}

void OpeningStore::State::empty_write_ahead_log() {
    if (!emptying_due) return;
    database.setBusyTimeout(0);
    int busy = 1;
    try {
        SQLite::Statement query(database, "PRAGMA wal_checkpoint(TRUNCATE)");
        if (query.executeStep()) busy = query.getColumn(0).getInt();
    } catch (const SQLite::Exception& error) {
        database.setBusyTimeout(kOpeningsBusyMilliseconds);
        // A writer in another process, or a statement of ours that has not been read to its end.
        if (error.getErrorCode() == SQLITE_BUSY || error.getErrorCode() == SQLITE_LOCKED) return;
        throw;
    }
    database.setBusyTimeout(kOpeningsBusyMilliseconds);
    emptying_due = busy != 0;
}

void OpeningStore::State::read_erased() {
    erased.clear();
    SQLite::Statement query(database, "SELECT tag, max(until) FROM erased WHERE until > 0 GROUP BY tag");
    while (query.executeStep()) {
        const Bytes bytes = blob(query.getColumn(0));
        Hash tag{};
        if (bytes.size() != sizeof(Hash)) continue;
        std::ranges::copy(bytes, tag.begin());
        erased[tag] = query.getColumn(1).getInt64();
    }
}

Result<Erasure> OpeningStore::erase(std::span<const std::string> subjects, const MakeReceipt& make_receipt) {
    const std::set<std::string> known(subjects.begin(), subjects.end());
    const std::vector<std::string> distinct(known.begin(), known.end());
    return erase(
        distinct,
        [&](std::uint64_t /*receipt*/, Openings& openings) {
            return erase_from(openings, [&](const std::string& one) { return known.contains(one); });
        },
        [&](const Erasure& erasure) -> Result<void> {
            const auto receipt = make_receipt(erasure);
            if (!receipt) return std::unexpected(receipt.error());
            state_->remember(distinct, *receipt);
            state_->keep_unsettled(receipt->prepared);
            return {};
        });
}

Result<Erasure> OpeningStore::erase_results_of(const std::string& subject, const MakeReceipt& make_receipt) {
    return erase(
        std::span(&subject, 1),
        [&](std::uint64_t receipt, Openings& openings) {
            state_->collect_ways(subject, receipt, openings);
            return erase_results(openings);
        },
        [&](const Erasure& erasure) -> Result<void> {
            if (erasure.receipts == 0) return {};
            const auto receipt = make_receipt(erasure);
            if (!receipt) return std::unexpected(receipt.error());
            state_->keep_unsettled(receipt->prepared);
            return {};
        });
}

/// One transaction; the statements end before it returns, so that the write-ahead log can be emptied.
/// `erase_some` takes openings away and counts them; `then` does the rest, and undoes all by an error.
Result<Erasure> OpeningStore::erase(std::span<const std::string> subjects, const EraseSome& erase_some,
                                    const Then& then) {
    const std::lock_guard guard(state_->mutex);
    return guarded([&]() -> Result<Erasure> {
        Result<Erasure> result;
        {
            SQLite::Transaction transaction(state_->database);
            state_->ways.clear();
            result = state_->erase_openings(state_->receipts_of(subjects), erase_some);
            if (!result) return result;
            state_->forget_ways();
            if (auto done = then(*result); !done) return std::unexpected(done.error());
            transaction.commit();
        }
        state_->read_erased();
        state_->emptying_due = true;
        state_->empty_write_ahead_log();
        return result;
    });
}

Result<void> OpeningStore::finish_erasing() {
    const std::unique_lock guard(state_->mutex, std::try_to_lock);
    if (!guard) return {};  // openings are being kept or erased: the next time
    return guarded([&]() -> Result<void> {
        state_->empty_write_ahead_log();
        return {};
    });
}

Result<std::vector<Prepared>> OpeningStore::unsettled() const {
    const std::lock_guard guard(state_->mutex);
    return guarded([&]() -> Result<std::vector<Prepared>> {
        SQLite::Statement query(state_->database, "SELECT prepared FROM unsettled ORDER BY number");
        std::vector<Prepared> receipts;
        while (query.executeStep()) {
            auto prepared = decode_prepared(blob(query.getColumn(0)));
            if (!prepared) return std::unexpected(prepared.error());
            receipts.push_back(std::move(*prepared));
        }
        return receipts;
    });
}

Result<void> OpeningStore::settle(const std::string& id, TimePoint now) {
    const std::lock_guard guard(state_->mutex);
    return guarded([&]() -> Result<void> {
        SQLite::Transaction transaction(state_->database);
        SQLite::Statement remove(state_->database, "DELETE FROM unsettled WHERE id = ?");
        remove.bind(1, id);
        remove.exec();
        SQLite::Statement end(state_->database, "UPDATE erased SET until = ? WHERE id = ? AND until = ?");
        end.bind(1, milliseconds_of(now));
        end.bind(2, id);
        end.bind(3, State::kUnderWay);
        end.exec();
        transaction.commit();
        state_->read_erased();
        return {};
    });
}

Result<std::vector<Hash>> OpeningStore::erased_by(const std::string& id) const {
    const std::lock_guard guard(state_->mutex);
    return guarded([&]() -> Result<std::vector<Hash>> {
        SQLite::Statement query(state_->database, "SELECT tag FROM erased WHERE id = ?");
        query.bind(1, id);
        return hashes(query);
    });
}

Result<std::vector<Hash>> OpeningStore::erased_since(std::uint64_t first) const {
    const std::lock_guard guard(state_->mutex);
    return guarded([&]() -> Result<std::vector<Hash>> {
        // An erasure whose receipt is not kept (yet) counts as new.
        SQLite::Statement query(state_->database,
                                "SELECT DISTINCT tag FROM erased LEFT JOIN opening USING (id) "
                                "WHERE receipt IS NULL OR receipt >= ?");
        query.bind(1, static_cast<std::int64_t>(first));
        return hashes(query);
    });
}

}  // namespace visavis::ledger
