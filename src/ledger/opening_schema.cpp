#include "ledger/opening_schema.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include "base/file.h"

namespace visavis::ledger {
namespace {

constexpr int kVersion = 3;

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

// Since version 3: until when a use must have begun for its receipt to be erased as it arrives, in
// milliseconds since 1970; the greatest number while the erasure is under way.
constexpr const char* kUntilSchema = R"(
ALTER TABLE erased ADD COLUMN until INTEGER NOT NULL DEFAULT 0;
UPDATE erased SET until = 9223372036854775807 WHERE id IN (SELECT id FROM unsettled);
CREATE INDEX erased_id ON erased (id);
)";

}  // namespace

Result<void> prepare_openings_file(const std::string& path) {
    // Made private before anything is in it.
    if (auto made = make_private_file(path); !made) return std::unexpected(made.error());
    SQLite::Database database(path, SQLite::OPEN_READWRITE, kOpeningsBusyMilliseconds);
    database.exec("PRAGMA journal_mode = WAL");
    const int version = database.execAndGet("PRAGMA user_version").getInt();
    if (version > kVersion || version < 0)
        return fail(ErrorCode::kInternal, fmt::format("`{}` is of version `{}`; this program reads up to {}",
                                                      path, version, kVersion));
    if (version == kVersion) return {};
    SQLite::Transaction transaction(database);
    if (version < 1) database.exec(kSchema);
    if (version < 2) database.exec(kErasureSchema);
    if (version < 3) database.exec(kUntilSchema);
    database.exec(fmt::format("PRAGMA user_version = {}", kVersion));
    transaction.commit();
    return {};
}

}  // namespace visavis::ledger
