#include "policy/case_database.h"

#include <array>
#include <mutex>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "base/file.h"

namespace visavis::policy {
namespace {

// Each is run once, in order; never edit one that was released. Times are milliseconds since 1970, UTC.
constexpr std::array kMigrations{
    // 1
    R"(CREATE TABLE cases (
        id TEXT PRIMARY KEY, purpose TEXT NOT NULL, reason TEXT NOT NULL, requester TEXT NOT NULL,
        approver TEXT NOT NULL, decided_by TEXT NOT NULL, authorisation TEXT NOT NULL, opened INTEGER NOT NULL,
        expires INTEGER NOT NULL, urgent_until INTEGER, confirmed_by TEXT NOT NULL, decided INTEGER NOT NULL,
        version INTEGER NOT NULL) STRICT;
      CREATE TABLE latest_time (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), time INTEGER NOT NULL) STRICT;
      INSERT INTO latest_time VALUES (1, 0);)",
    // 2: what was deleted of cases that nobody approved
    R"(ALTER TABLE cases ADD COLUMN decided_at INTEGER;
      ALTER TABLE cases ADD COLUMN erased INTEGER;
      ALTER TABLE cases ADD COLUMN erased_faces INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE cases ADD COLUMN erased_users INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE cases ADD COLUMN erased_receipts INTEGER NOT NULL DEFAULT 0;)",
    // 3: messages kept with changes
    R"(CREATE TABLE outbox (id TEXT PRIMARY KEY, payload BLOB NOT NULL) STRICT;)",
};

constexpr std::string_view kColumns =
    "id, purpose, reason, requester, approver, decided_by, authorisation, opened, expires, urgent_until, "
    "confirmed_by, decided, version, decided_at, erased, erased_faces, erased_users, erased_receipts";

std::int64_t number(TimePoint time) {
    return time.time_since_epoch().count();
}
TimePoint time(std::int64_t number) {
    return TimePoint(std::chrono::milliseconds(number));
}

// Names hold no line break (check_name), so lines separate them.
std::string lines(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += name + "\n";
    return text;
}

std::vector<std::string> names(std::string_view text) {
    std::vector<std::string> made;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        made.emplace_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    return made;
}

Case read_row(SQLite::Statement& row) {
    Case record{.id = row.getColumn(0).getString(),
                .purpose = row.getColumn(1).getString(),
                .reason = row.getColumn(2).getString(),
                .requester = row.getColumn(3).getString(),
                .approver = row.getColumn(4).getString(),
                .decided_by = row.getColumn(5).getString(),
                .authorisation = row.getColumn(6).getString(),
                .opened = time(row.getColumn(7).getInt64()),
                .expires = time(row.getColumn(8).getInt64()),
                .urgent_until = {},
                .confirmed_by = names(row.getColumn(10).getString()),
                .decided = static_cast<CaseState>(row.getColumn(11).getInt()),
                .erasure = {.finished = {},
                            .faces = static_cast<std::uint64_t>(row.getColumn(15).getInt64()),
                            .users = static_cast<std::uint64_t>(row.getColumn(16).getInt64()),
                            .receipts = static_cast<std::uint64_t>(row.getColumn(17).getInt64())},
                .version = row.getColumn(12).getInt64()};
    if (!row.getColumn(13).isNull()) record.decided_at = time(row.getColumn(13).getInt64());
    if (!row.getColumn(14).isNull()) record.erasure.finished = time(row.getColumn(14).getInt64());
    if (!row.getColumn(9).isNull()) record.urgent_until = time(row.getColumn(9).getInt64());
    return record;
}

void bind_time(SQLite::Statement& statement, int index, const std::optional<TimePoint>& time) {
    if (time)
        statement.bind(index, number(*time));
    else
        statement.bind(index);
}

void bind_row(SQLite::Statement& statement, const Case& record, std::int64_t version) {
    statement.bind(1, record.id);
    statement.bind(2, record.purpose);
    statement.bind(3, record.reason);
    statement.bind(4, record.requester);
    statement.bind(5, record.approver);
    statement.bind(6, record.decided_by);
    statement.bind(7, record.authorisation);
    statement.bind(8, number(record.opened));
    statement.bind(9, number(record.expires));
    bind_time(statement, 10, record.urgent_until);
    statement.bind(11, lines(record.confirmed_by));
    statement.bind(12, static_cast<int>(record.decided));
    statement.bind(13, version);
    bind_time(statement, 14, record.decided_at);
    bind_time(statement, 15, record.erasure.finished);
    statement.bind(16, static_cast<std::int64_t>(record.erasure.faces));
    statement.bind(17, static_cast<std::int64_t>(record.erasure.users));
    statement.bind(18, static_cast<std::int64_t>(record.erasure.receipts));
}

class CaseDatabase final : public CaseRepository {
  public:
    explicit CaseDatabase(const std::string& path) : database_(path, SQLite::OPEN_READWRITE) {
        database_.setBusyTimeout(5'000);
        database_.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    }

    Result<void> migrate() {
        return guarded<void>([&]() -> Result<void> {
            SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
            const int stands_at = database_.execAndGet("PRAGMA user_version").getInt();
            if (std::cmp_greater(stands_at, kMigrations.size()))
                return fail(ErrorCode::kInternal,
                            fmt::format("`{}` was made by a newer version", database_.getFilename()));
            for (auto next = static_cast<std::size_t>(stands_at); next < kMigrations.size(); ++next)
                database_.exec(kMigrations[next]);
            database_.exec(fmt::format("PRAGMA user_version = {}", kMigrations.size()));
            transaction.commit();
            return {};
        });
    }

    Result<Case> find(std::string_view id) override {
        return guarded<Case>([&]() -> Result<Case> {
            SQLite::Statement row(database_, fmt::format("SELECT {} FROM cases WHERE id = ?", kColumns));
            row.bind(1, std::string(id));
            if (!row.executeStep())
                return fail(ErrorCode::kNotFound, fmt::format("there is no case `{}`", id));
            return read_row(row);
        });
    }

    Result<std::vector<Case>> list() override {
        return guarded<std::vector<Case>>([&]() -> Result<std::vector<Case>> {
            SQLite::Statement row(database_,
                                  fmt::format("SELECT {} FROM cases ORDER BY opened DESC, id", kColumns));
            std::vector<Case> found;
            while (row.executeStep()) found.push_back(read_row(row));
            return found;
        });
    }

    Result<void> insert(const Case& record, const MakeMessage& message) override {
        return guarded<void>([&]() -> Result<void> {
            SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
            SQLite::Statement statement(
                database_,
                fmt::format(
                    "INSERT INTO cases ({}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                    "ON CONFLICT (id) DO NOTHING",
                    kColumns));
            bind_row(statement, record, record.version);
            if (statement.exec() == 1) return commit(transaction, message);
            return fail(ErrorCode::kAlreadyExists, fmt::format("there is a case `{}` already", record.id));
        });
    }

    Result<void> update(const Case& record, const MakeMessage& message) override {
        return guarded<void>([&]() -> Result<void> {
            SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
            SQLite::Statement statement(
                database_,
                "UPDATE cases SET purpose = ?2, reason = ?3, requester = ?4, approver = ?5, decided_by = ?6, "
                "authorisation = ?7, opened = ?8, expires = ?9, urgent_until = ?10, confirmed_by = ?11, "
                "decided = ?12, "
                "version = ?13, decided_at = ?14, erased = ?15, erased_faces = ?16, erased_users = ?17, "
                "erased_receipts = ?18 WHERE id = ?1 AND version = ?19");
            bind_row(statement, record, record.version + 1);
            statement.bind(19, record.version);
            if (statement.exec() == 1) return commit(transaction, message);
            return fail(ErrorCode::kConflict, fmt::format("the case `{}` was changed meanwhile", record.id));
        });
    }

    Result<TimePoint> latest_time() override {
        return guarded<TimePoint>([&]() -> Result<TimePoint> {
            return time(database_.execAndGet("SELECT time FROM latest_time").getInt64());
        });
    }

    Result<void> advance_time(TimePoint now) override {
        return guarded<void>([&]() -> Result<void> {
            SQLite::Statement statement(database_, "UPDATE latest_time SET time = max(time, ?)");
            statement.bind(1, number(now));
            statement.exec();
            return {};
        });
    }

    Result<std::vector<PendingMessage>> pending() override {
        return guarded<std::vector<PendingMessage>>([&]() -> Result<std::vector<PendingMessage>> {
            SQLite::Statement row(database_, "SELECT id, payload FROM outbox ORDER BY rowid");
            std::vector<PendingMessage> found;
            while (row.executeStep()) {
                const SQLite::Column payload = row.getColumn(1);
                const auto* bytes = static_cast<const std::uint8_t*>(payload.getBlob());
                found.push_back({.id = row.getColumn(0).getString(),
                                 .payload = Bytes(bytes, bytes + payload.getBytes())});
            }
            return found;
        });
    }

    Result<void> settle(std::string_view id) override {
        return guarded<void>([&]() -> Result<void> {
            SQLite::Statement statement(database_, "DELETE FROM outbox WHERE id = ?");
            statement.bind(1, std::string(id));
            statement.exec();
            return {};
        });
    }

  private:
    Result<void> commit(SQLite::Transaction& transaction, const MakeMessage& make) {
        const auto message = message_of(make);
        if (!message) return std::unexpected(message.error());
        if (*message) {
            SQLite::Statement statement(database_, "INSERT INTO outbox (id, payload) VALUES (?, ?)");
            statement.bind(1, (*message)->id);
            statement.bind(2, (*message)->payload.data(), static_cast<int>((*message)->payload.size()));
            statement.exec();
        }
        transaction.commit();
        return {};
    }

    template <typename T, typename Body>
    Result<T> guarded(const Body& body) {
        const std::lock_guard lock(mutex_);
        try {
            return body();
        } catch (const SQLite::Exception& error) {
            return fail(ErrorCode::kUnavailable,
                        fmt::format("`{}`: {}", database_.getFilename(), error.what()));
        }
    }

    std::mutex mutex_;
    SQLite::Database database_;  // one connection, guarded by mutex_
};

}  // namespace

Result<std::unique_ptr<CaseRepository>> open_case_database(const std::string& path) {
    // SQLite would make it readable for everybody.
    if (auto made = make_private_file(path); !made) return std::unexpected(made.error());
    try {
        auto database = std::make_unique<CaseDatabase>(path);
        if (auto migrated = database->migrate(); !migrated) return std::unexpected(migrated.error());
        return database;
    } catch (const SQLite::Exception& error) {
        return fail(ErrorCode::kUnavailable, fmt::format("`{}`: {}", path, error.what()));
    }
}

}  // namespace visavis::policy
