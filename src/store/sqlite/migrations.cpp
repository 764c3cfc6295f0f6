#include "store/sqlite/migrations.h"

#include <array>

#include <fmt/format.h>

namespace visavis::store::sqlite {
namespace {

// A step that has been released is never edited: add another.
constexpr std::array kSteps = {
    // 1: collections and their faces.
    R"sql(
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE collections (
    key             INTEGER PRIMARY KEY AUTOINCREMENT,
    account         TEXT NOT NULL,
    id              TEXT NOT NULL,
    uid             TEXT NOT NULL UNIQUE,
    model_version   TEXT NOT NULL,
    dimension       INTEGER NOT NULL,
    created_ms      INTEGER NOT NULL,
    wrapped_key     BLOB NOT NULL,
    faces           INTEGER NOT NULL DEFAULT 0,
    face_generation INTEGER NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX collections_of_account ON collections (account);
CREATE TABLE faces (
    row         INTEGER PRIMARY KEY AUTOINCREMENT,
    collection  INTEGER NOT NULL REFERENCES collections (key),
    face_id     BLOB NOT NULL,
    image_id    BLOB NOT NULL,
    external_id TEXT,
    origin      BLOB NOT NULL,
    ordinal     INTEGER NOT NULL,
    box_left    REAL NOT NULL,
    box_top     REAL NOT NULL,
    box_width   REAL NOT NULL,
    box_height  REAL NOT NULL,
    confidence  REAL NOT NULL,
    weight      REAL NOT NULL,
    "offset"    REAL NOT NULL,
    template    BLOB NOT NULL,
    UNIQUE (collection, face_id),
    UNIQUE (collection, origin, ordinal)
) STRICT;
CREATE INDEX faces_of_collection ON faces (collection);
)sql",
    // 2: users and tags.
    R"sql(
CREATE TABLE users (
    row          INTEGER PRIMARY KEY AUTOINCREMENT,
    collection   INTEGER NOT NULL REFERENCES collections (key),
    user_id      TEXT NOT NULL,
    created_ms   INTEGER NOT NULL,
    template_row INTEGER UNIQUE,
    weight       REAL NOT NULL DEFAULT 1,
    "offset"     REAL NOT NULL DEFAULT 0,
    template     BLOB,
    UNIQUE (collection, user_id)
) STRICT;
CREATE INDEX users_of_collection ON users (collection);
CREATE INDEX user_templates ON users (collection, template_row) WHERE template_row IS NOT NULL;
CREATE TABLE user_template_rows (last INTEGER NOT NULL) STRICT;
INSERT INTO user_template_rows VALUES (0);
ALTER TABLE collections ADD COLUMN users INTEGER NOT NULL DEFAULT 0;
ALTER TABLE collections ADD COLUMN user_generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE faces ADD COLUMN user INTEGER REFERENCES users (row);
CREATE INDEX faces_of_user ON faces (user) WHERE user IS NOT NULL;
CREATE TABLE tags (
    collection INTEGER NOT NULL REFERENCES collections (key),
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    PRIMARY KEY (collection, name)
) STRICT, WITHOUT ROWID;
)sql",
    // 3: idempotency tokens and the outbox.
    R"sql(
CREATE TABLE tokens (
    account    TEXT NOT NULL,
    operation  TEXT NOT NULL,
    token      TEXT NOT NULL,
    parameters BLOB NOT NULL,
    answer     BLOB NOT NULL,
    expires_ms INTEGER NOT NULL,
    PRIMARY KEY (account, operation, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_by_expiry ON tokens (expires_ms);
CREATE TABLE outbox (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT NOT NULL,
    payload BLOB NOT NULL
) STRICT;
)sql",
    // 4: how long faces may stay, and which case brought them in. When an older face was last renewed is not
    // known;
    // the day its collection was made is the earliest it can be, so that no face stays longer than it may.
    R"sql(
ALTER TABLE faces ADD COLUMN last_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE faces ADD COLUMN case_id TEXT;
ALTER TABLE users ADD COLUMN last_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN case_id TEXT;
UPDATE faces SET last_ms = (SELECT created_ms FROM collections WHERE key = collection);
UPDATE users SET last_ms = created_ms;
CREATE INDEX faces_by_interaction ON faces (collection, last_ms) WHERE user IS NULL;
CREATE INDEX users_by_interaction ON users (collection, last_ms);
CREATE INDEX faces_of_case ON faces (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX users_of_case ON users (case_id) WHERE case_id IS NOT NULL;
CREATE TABLE sweeps (
    collection INTEGER PRIMARY KEY REFERENCES collections (key),
    at_ms      INTEGER NOT NULL,
    faces      INTEGER NOT NULL,
    users      INTEGER NOT NULL
) STRICT;
)sql",
    // 5: who made a collection. And a face that comes in without a time starts now: nobody may be due because
    // whoever
    // wrote it knew nothing of retention.
    R"sql(
ALTER TABLE collections ADD COLUMN owner TEXT NOT NULL DEFAULT '';
CREATE TRIGGER faces_start_now AFTER INSERT ON faces WHEN NEW.last_ms = 0 BEGIN
    UPDATE faces SET last_ms = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) WHERE row = NEW.row;
END;
)sql",
    // 6: imported collections bring the key that the origins of their faces are coded with; what made the
    // normalisation of the templates (empty: unknown).
    R"sql(
ALTER TABLE collections ADD COLUMN wrapped_origins BLOB;
ALTER TABLE collections ADD COLUMN normaliser TEXT NOT NULL DEFAULT '';
)sql",
};

}  // namespace

int schema_version() noexcept {
    return static_cast<int>(kSteps.size());
}

Result<void> migrate(Connection& connection, int to) {
    return guarded(connection, [&]() -> Result<void> {
        SQLite::Database& database = connection.database();
        const int from = database.execAndGet("PRAGMA user_version").getInt();
        if (from > schema_version())
            return fail(ErrorCode::kInternal,
                        fmt::format("`{}` has version {} of the schema; this program knows up to {}: use the "
                                    "newer program that wrote it",
                                    connection.file(), from, schema_version()));
        for (int step = from; step < to; ++step) {
            SQLite::Transaction transaction(database);
            database.exec(kSteps[static_cast<std::size_t>(step)]);
            database.exec(fmt::format("PRAGMA user_version={}", step + 1));
            transaction.commit();
        }
        return {};
    });
}

}  // namespace visavis::store::sqlite
