#include "ledger/opening_store.h"

#include <algorithm>
#include <set>

#include <sqlite3.h>

#include "ledger/opening_state.h"
#include "ledger/receipt.h"

namespace visavis::ledger {
namespace {

constexpr std::size_t kManyReceipts = 4096;
constexpr const char* kCache = "PRAGMA cache_size = -65536";  // KiB: a second's receipts fit

}  // namespace

OpeningStore::State::State(const std::string& path, OpeningKeys given)
    : database(path, SQLite::OPEN_READWRITE, kOpeningsBusyMilliseconds), keys(std::move(given)) {
    database.exec("PRAGMA synchronous = FULL");
    database.exec("PRAGMA secure_delete = ON");
    database.exec(kCache);
    end_abandoned();
    read_erased();
}

Result<void> OpeningStore::State::keep_one(std::uint64_t index, const JournalEntry& entry,
                                           SealedOpenings openings) {
    if (auto done = erase_on_arrival(entry, openings); !done) return done;
    insert_opening.reset();
    insert_opening.bind(1, static_cast<std::int64_t>(index));
    insert_opening.bindNoCopy(2, openings.id);
    insert_opening.bindNoCopy(3, openings.sealed.data(), static_cast<int>(openings.sealed.size()));
    if (insert_opening.exec() == 0) return {};
    for (const Hash& tag : openings.tags) ways.emplace_back(tag, index);
    if (as_text(entry.entry).contains("\"verification\":")) keep_verification(index, entry);
    return {};
}

/// A use that had begun before a person was erased and out of the collection knows that person still.
Result<void> OpeningStore::State::erase_on_arrival(const JournalEntry& entry,
                                                   SealedOpenings& openings) const {
    const auto until = [&](const Hash& tag) {
        const auto found = erased.find(tag);
        return found == erased.end() ? 0 : found->second;
    };
    if (erased.empty() ||
        std::ranges::none_of(openings.tags, [&](const Hash& tag) { return until(tag) > 0; }))
        return {};
    const auto receipt = parse_receipt(entry.entry);
    if (!receipt) return fail(ErrorCode::kInternal, receipt.error().message);
    const std::int64_t begun = milliseconds_of(receipt->start);
    const auto gone = [&](const Hash& tag) { return begun <= until(tag); };
    if (std::ranges::none_of(openings.tags, gone)) return {};
    auto opened = open_openings(keys, openings.id, openings.sealed);
    if (!opened) return std::unexpected(opened.error());
    erase_from(*opened, [&](const std::string& subject) { return gone(subject_tag(keys, subject)); });
    openings.sealed = seal_openings(keys, openings.id, *opened);
    std::erase_if(openings.tags, gone);
    return {};
}

/// In the table's order: ten times fewer pages are touched than in the order of the receipts.
void OpeningStore::State::keep_ways() {
    std::ranges::sort(ways);
    for (const auto& [tag, index] : ways) {
        insert_subject.reset();
        insert_subject.bindNoCopy(1, tag.data(), static_cast<int>(tag.size()));
        insert_subject.bind(2, static_cast<std::int64_t>(index));
        insert_subject.exec();
    }
    ways.clear();
}

void OpeningStore::State::keep_verification(std::uint64_t index, const JournalEntry& entry) const {
    const auto receipt = parse_receipt(entry.entry);
    if (!receipt || !receipt->verification || receipt->outcome != Outcome::kAnswered) return;
    const auto split = split_openings(entry.openings);
    const auto opened = open_openings(keys, receipt->id, split->sealed);
    if (!opened) return;
    const auto person =
        std::ranges::find(opened->fields, "principal", [](const Opening& opening) { return opening.field; });
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

std::vector<std::uint64_t> OpeningStore::State::receipts_of(std::span<const std::string> subjects) const {
    SQLite::Statement query(database, "SELECT receipt FROM subject WHERE tag = ?");
    std::set<std::uint64_t> found;
    for (const auto& subject : subjects) {
        const Hash tag = subject_tag(keys, subject);
        query.reset();
        query.bind(1, tag.data(), static_cast<int>(tag.size()));
        while (query.executeStep()) found.insert(static_cast<std::uint64_t>(query.getColumn(0).getInt64()));
    }
    return {found.begin(), found.end()};
}

OpeningStore::OpeningStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
OpeningStore::~OpeningStore() = default;

Result<std::unique_ptr<OpeningStore>> OpeningStore::open(const std::string& path, OpeningKeys keys) {
    try {
        if (auto ready = prepare_openings_file(path); !ready) return std::unexpected(ready.error());
        auto state = std::make_unique<State>(path, std::move(keys));
        return std::unique_ptr<OpeningStore>(new OpeningStore(std::move(state)));
    } catch (const SQLite::Exception& error) {
        return fail(ErrorCode::kInternal, fmt::format("`{}` cannot be opened: {}", path, error.what()));
    }
}

Result<void> OpeningStore::cut(const std::string& path, std::uint64_t size) {
    return guarded([&]() -> Result<void> {
        SQLite::Database database(path, SQLite::OPEN_READWRITE, kOpeningsBusyMilliseconds);
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
            auto openings = split_openings(entries[i].openings);
            if (!openings) return std::unexpected(openings.error());
            if (auto done = state_->keep_one(first + i, entries[i], std::move(*openings)); !done) return done;
        }
        state_->keep_ways();
        transaction.commit();
        // The kernel's cache holds the pages, too. Held here between two seconds of little work they would
        // make a server's memory creep up to the cache's size with its receipts.
        if (entries.size() < kManyReceipts) sqlite3_db_release_memory(state_->database.getHandle());
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

}  // namespace visavis::ledger
