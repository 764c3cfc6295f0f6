#include "ledger/opening_store.h"

#include <algorithm>
#include <mutex>
#include <set>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/random.h"
#include "ledger/receipt.h"

namespace visavis::ledger {
namespace {

constexpr int kVersion = 2;
constexpr int kBusyMilliseconds = 5000;
constexpr const char* kCache = "PRAGMA cache_size = -65536";  // KiB: a second's receipts fit

constexpr const char* kSchema = R"(
CREATE TABLE opening (
    receipt INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    sealed BLOB NOT NULL
) STRICT;
CREATE TABLE subject (
    tag BLOB NOT NULL,
    receipt INTEGER NOT NULL,
    PRIMARY KEY (tag, receipt)
) STRICT, WITHOUT ROWID;
CREATE TABLE verification (
    entry INTEGER PRIMARY KEY,
    receipt INTEGER NOT NULL,
    candidate INTEGER NOT NULL,
    confirmed INTEGER NOT NULL,
    person BLOB NOT NULL
) STRICT;
CREATE INDEX verification_receipt ON verification (receipt);
)";

// Since version 2.
constexpr const char* kErasureSchema = R"(
CREATE TABLE erased (
    tag BLOB NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (tag, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE unsettled (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    prepared BLOB NOT NULL
) STRICT;
)";

Bytes blob(const SQLite::Column& column) {
    const auto* data = static_cast<const std::uint8_t*>(column.getBlob());
    return {data, data + column.getBytes()};
}

/// The first column of every row.
std::vector<Hash> hashes(SQLite::Statement& query) {
    std::vector<Hash> found;
    while (query.executeStep()) {
        const Bytes bytes = blob(query.getColumn(0));
        if (bytes.size() == sizeof(Hash)) std::ranges::copy(bytes, found.emplace_back().begin());
    }
    return found;
}

/// Runs `work`, turning SQLite's exceptions into errors.
template <typename Work>
auto guarded(Work&& work) -> decltype(work()) {
    try {
        return work();
    } catch (const SQLite::Exception& error) {
        constexpr int kFull = 13;
        if (error.getErrorCode() == kFull)
            return fail(ErrorCode::kUnavailable, "the disk is full: the ledger's openings cannot be written");
        return fail(ErrorCode::kUnavailable, fmt::format("the ledger's openings: {}", error.what()));
    }
}

/// 1, or 0 if it was erased before.
std::uint64_t erase_one(Opening& opening) {
    if (opening.erased()) return 0;
    opening.salt.clear();
    opening.value.clear();
    opening.subject.clear();
    return 1;
}

/// How many openings of one receipt go with these subjects.
std::uint64_t erase_from(Openings& openings, std::span<const std::string> subjects) {
    std::uint64_t count = 0;
    const auto about = [&](const Opening& opening) {
        return !opening.erased() && std::ranges::find(subjects, opening.subject) != subjects.end();
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

struct OpeningStore::State {
    State(const std::string& path, OpeningKeys given)
        : database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyMilliseconds),
          keys(std::move(given)) {}

    void keep_one(std::uint64_t index, const JournalEntry& entry, const SealedOpenings& openings) {
        insert_opening.reset();
        insert_opening.bind(1, static_cast<std::int64_t>(index));
        insert_opening.bindNoCopy(2, openings.id);
        insert_opening.bindNoCopy(3, openings.sealed.data(), static_cast<int>(openings.sealed.size()));
        if (insert_opening.exec() == 0) return;
        for (const Hash& tag : openings.tags) ways.emplace_back(tag, index);
        if (as_text(entry.entry).find("\"verification\":") != std::string_view::npos)
            keep_verification(index, entry);
    }

    /// In the table's order: ten times fewer pages are touched than in the order of the receipts.
    void keep_ways() {
        std::ranges::sort(ways);
        for (const auto& [tag, index] : ways) {
            insert_subject.reset();
            insert_subject.bindNoCopy(1, tag.data(), static_cast<int>(tag.size()));
            insert_subject.bind(2, static_cast<std::int64_t>(index));
            insert_subject.exec();
        }
        ways.clear();
    }

    void keep_verification(std::uint64_t index, const JournalEntry& entry) {
        const auto receipt = parse_receipt(entry.entry);
        if (!receipt || !receipt->verification || receipt->outcome != Outcome::kAnswered) return;
        const auto split = split_openings(entry.openings);
        const auto opened = open_openings(keys, receipt->id, split->sealed);
        if (!opened) return;
        const auto person = std::ranges::find(opened->fields, "principal",
                                              [](const Opening& opening) { return opening.field; });
        if (person == opened->fields.end()) return;
        const Hash tag = subject_tag(keys, "principal/" + person->value);
        SQLite::Statement insert(database, "INSERT OR IGNORE INTO verification VALUES (?, ?, ?, ?, ?)");
        insert.bind(1, static_cast<std::int64_t>(index));
        insert.bind(2, static_cast<std::int64_t>(receipt->verification->receipt));
        insert.bind(3, static_cast<std::int64_t>(receipt->verification->candidate));
        insert.bind(4, receipt->verification->confirmed ? 1 : 0);
        insert.bind(5, tag.data(), static_cast<int>(tag.size()));
        insert.exec();
    }

    /// Receipts about any of the subjects, ascending, each once.
    std::vector<std::uint64_t> receipts_of(std::span<const std::string> subjects) {
        SQLite::Statement query(database, "SELECT receipt FROM subject WHERE tag = ?");
        std::set<std::uint64_t> found;
        for (const auto& subject : subjects) {
            const Hash tag = subject_tag(keys, subject);
            query.reset();
            query.bind(1, tag.data(), static_cast<int>(tag.size()));
            while (query.executeStep())
                found.insert(static_cast<std::uint64_t>(query.getColumn(0).getInt64()));
        }
        return {found.begin(), found.end()};
    }

    /// One transaction; the statements end before it returns, so that the write-ahead log can be emptied.
    /// `erase_some` takes openings away and counts them; `then` does the rest, and undoes all by an error.
    Result<Erasure> erase(std::span<const std::string> subjects, const EraseSome& erase_some,
                          const Then& then) {
        SQLite::Transaction transaction(database);
        const auto receipts = receipts_of(subjects);
        auto result = erase_openings(receipts, erase_some);
        if (!result) return result;
        if (auto done = then(receipts, *result); !done) return std::unexpected(done.error());
        transaction.commit();
        return result;
    }

    Result<Erasure> erase_openings(std::span<const std::uint64_t> receipts, const EraseSome& erase_some) {
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
            const std::uint64_t gone = erase_some(*openings);
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
    void forget_subjects(std::span<const std::string> subjects, const std::string& id) {
        SQLite::Statement remove(database, "DELETE FROM subject WHERE tag = ?");
        SQLite::Statement remember(database, "INSERT INTO erased VALUES (?, ?)");
        for (const auto& subject : subjects) {
            const Hash tag = subject_tag(keys, subject);
            for (auto* statement : {&remove, &remember}) {
                statement->reset();
                statement->bind(1, tag.data(), static_cast<int>(tag.size()));
            }
            remember.bind(2, id);
            remove.exec();
            remember.exec();
        }
    }

    /// Every way to these receipts but that of `kept`.
    void forget_receipts(std::span<const std::uint64_t> receipts, const Hash& kept) {
        SQLite::Statement remove(database, "DELETE FROM subject WHERE receipt = ? AND tag <> ?");
        for (const std::uint64_t receipt : receipts) {
            remove.reset();
            remove.bind(1, static_cast<std::int64_t>(receipt));
            remove.bind(2, kept.data(), static_cast<int>(kept.size()));
            remove.exec();
        }
    }

    void keep_unsettled(const Prepared& receipt) {
        const Bytes prepared = encode_prepared(receipt);
        SQLite::Statement keep(database, "INSERT INTO unsettled (id, prepared) VALUES (?, ?)");
        keep.bind(1, receipt.id);
        keep.bind(2, prepared.data(), static_cast<int>(prepared.size()));
        keep.exec();
    }

    mutable std::mutex mutex;
    SQLite::Database database;
    OpeningKeys keys;
    std::vector<std::pair<Hash, std::uint64_t>>
        ways;  // from people to receipts, of the transaction under way
    SQLite::Statement insert_opening{database, "INSERT OR IGNORE INTO opening VALUES (?, ?, ?)"};
    SQLite::Statement insert_subject{database, "INSERT OR IGNORE INTO subject VALUES (?, ?)"};
};

OpeningStore::OpeningStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
OpeningStore::~OpeningStore() = default;

Result<std::unique_ptr<OpeningStore>> OpeningStore::open(const std::string& path, OpeningKeys keys) {
    try {
        {
            // Made private before anything is in it.
            const mode_t old_mask = ::umask(0077);
            SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyMilliseconds);
            ::umask(old_mask);
            database.exec("PRAGMA journal_mode = WAL");
            const int version = database.execAndGet("PRAGMA user_version").getInt();
            if (version > kVersion || version < 0)
                return fail(ErrorCode::kInternal,
                            fmt::format("`{}` is of version `{}`; this program reads up to {}", path, version,
                                        kVersion));
            if (version < kVersion) {
                SQLite::Transaction transaction(database);
                if (version < 1) database.exec(kSchema);
                if (version < 2) database.exec(kErasureSchema);
                database.exec(fmt::format("PRAGMA user_version = {}", kVersion));
                transaction.commit();
            }
        }
        auto state = std::make_unique<State>(path, std::move(keys));
        state->database.exec("PRAGMA synchronous = FULL");
        state->database.exec("PRAGMA secure_delete = ON");
        state->database.exec(kCache);
        return std::unique_ptr<OpeningStore>(new OpeningStore(std::move(state)));
    } catch (const SQLite::Exception& error) {
        return fail(ErrorCode::kInternal, fmt::format("`{}` cannot be opened: {}", path, error.what()));
    }
}

Result<void> OpeningStore::cut(const std::string& path, std::uint64_t size) {
    return guarded([&]() -> Result<void> {
        SQLite::Database database(path, SQLite::OPEN_READWRITE, kBusyMilliseconds);
        SQLite::Transaction transaction(database);
        for (const char* text :
             {"DELETE FROM opening WHERE receipt >= ?", "DELETE FROM subject WHERE receipt >= ?",
              "DELETE FROM verification WHERE entry >= ?"}) {
            SQLite::Statement remove(database, text);
            remove.bind(1, static_cast<std::int64_t>(size));
            remove.exec();
        }
        transaction.commit();
        database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
        return {};
    });
}

Result<void> OpeningStore::keep(std::uint64_t first, std::span<const JournalEntry> entries) {
    const std::lock_guard guard(state_->mutex);
    return guarded([&]() -> Result<void> {
        SQLite::Transaction transaction(state_->database);
        state_->ways.clear();
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (entries[i].openings.empty()) continue;
            const auto openings = split_openings(entries[i].openings);
            if (!openings) return std::unexpected(openings.error());
            state_->keep_one(first + i, entries[i], *openings);
        }
        state_->keep_ways();
        transaction.commit();
        return {};
    });
}

Result<Openings> OpeningStore::find(std::uint64_t receipt) const {
    const std::lock_guard guard(state_->mutex);
    return guarded([&]() -> Result<Openings> {
        SQLite::Statement query(state_->database, "SELECT id, sealed FROM opening WHERE receipt = ?");
        query.bind(1, static_cast<std::int64_t>(receipt));
        if (!query.executeStep())
            return fail(ErrorCode::kNotFound, fmt::format("no openings are kept for receipt `{}`", receipt));
        return open_openings(state_->keys, query.getColumn(0).getString(), blob(query.getColumn(1)));
    });
}

Result<std::optional<std::uint64_t>> OpeningStore::index_of(const std::string& id) const {
    const std::lock_guard guard(state_->mutex);
    return guarded([&]() -> Result<std::optional<std::uint64_t>> {
        SQLite::Statement query(state_->database, "SELECT receipt FROM opening WHERE id = ?");
        query.bind(1, id);
        if (!query.executeStep()) return std::nullopt;
        return static_cast<std::uint64_t>(query.getColumn(0).getInt64());
    });
}

Result<std::vector<std::uint64_t>> OpeningStore::receipts_of(const std::string& subject) const {
    const std::lock_guard guard(state_->mutex);
    return guarded(
        [&]() -> Result<std::vector<std::uint64_t>> { return state_->receipts_of(std::span(&subject, 1)); });
}

Result<std::vector<KeptVerification>> OpeningStore::verifications_of(std::uint64_t receipt) const {
    const std::lock_guard guard(state_->mutex);
    return guarded([&]() -> Result<std::vector<KeptVerification>> {
        SQLite::Statement query(
            state_->database,
            "SELECT entry, candidate, confirmed, person FROM verification WHERE receipt = ? ORDER BY entry");
        query.bind(1, static_cast<std::int64_t>(receipt));
        std::vector<KeptVerification> verifications;
        while (query.executeStep()) {
            KeptVerification verification{
                .entry = static_cast<std::uint64_t>(query.getColumn(0).getInt64()),
                .candidate = static_cast<std::uint64_t>(query.getColumn(1).getInt64()),
                .confirmed = query.getColumn(2).getInt() != 0,
                .person = {}};
            const Bytes person = blob(query.getColumn(3));
            if (person.size() == sizeof(Hash)) std::ranges::copy(person, verification.person.begin());
            verifications.push_back(verification);
        }
        return verifications;
    });
}

Result<std::optional<std::uint64_t>> OpeningStore::last() const {
    const std::lock_guard guard(state_->mutex);
    return guarded([&]() -> Result<std::optional<std::uint64_t>> {
        SQLite::Statement query(state_->database, "SELECT max(receipt) FROM opening");
        query.executeStep();
        if (query.getColumn(0).isNull()) return std::nullopt;
        return static_cast<std::uint64_t>(query.getColumn(0).getInt64());
    });
}

Result<Erasure> OpeningStore::erase(std::span<const std::string> given, const MakeReceipt& make_receipt) {
    const std::set<std::string> distinct(given.begin(), given.end());
    const std::vector<std::string> subjects(distinct.begin(), distinct.end());
    return erase(
        subjects, [&](Openings& openings) { return erase_from(openings, subjects); },
        [&](std::span<const std::uint64_t> /*receipts*/, const Erasure& erasure) -> Result<void> {
            const auto receipt = make_receipt(erasure);
            if (!receipt) return std::unexpected(receipt.error());
            state_->forget_subjects(subjects, *receipt ? (*receipt)->id : random_uuid());
            if (*receipt) state_->keep_unsettled(**receipt);
            return {};
        });
}

Result<Erasure> OpeningStore::erase_results_of(const std::string& subject, const MakeReceipt& make_receipt) {
    return erase(std::span(&subject, 1), erase_results,
                 [&](std::span<const std::uint64_t> receipts, const Erasure& erasure) -> Result<void> {
                     if (erasure.receipts == 0) return {};
                     state_->forget_receipts(receipts, subject_tag(state_->keys, subject));
                     const auto receipt = make_receipt(erasure);
                     if (!receipt) return std::unexpected(receipt.error());
                     if (*receipt) state_->keep_unsettled(**receipt);
                     return {};
                 });
}

Result<Erasure> OpeningStore::erase(std::span<const std::string> subjects, const EraseSome& erase_some,
                                    const Then& then) {
    const std::lock_guard guard(state_->mutex);
    return guarded([&]() -> Result<Erasure> {
        auto result = state_->erase(subjects, erase_some, then);
        // The write-ahead log still holds pages of before; emptied, nothing of them is left in a file.
        if (result) state_->database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
        return result;
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

Result<void> OpeningStore::settle(const std::string& id) {
    const std::lock_guard guard(state_->mutex);
    return guarded([&]() -> Result<void> {
        SQLite::Statement remove(state_->database, "DELETE FROM unsettled WHERE id = ?");
        remove.bind(1, id);
        remove.exec();
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
