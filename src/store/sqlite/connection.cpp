#include "store/sqlite/connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace visavis::store::sqlite {
namespace {

constexpr int kBusyMilliseconds = 5000;

int flags_of(Access access) noexcept {
    return access == Access::kWrite ? SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE : SQLite::OPEN_READWRITE;
}

Error describe(const SQLite::Exception& exception, const std::string& file) {
    const std::string_view said = exception.what();
    switch (exception.getErrorCode()) {
        case SQLITE_FULL:
            return {ErrorCode::kUnavailable,
                    fmt::format("`{}` cannot grow: the disk is full; nothing was changed", file)};
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
            return {
                ErrorCode::kUnavailable,
                fmt::format("`{}` cannot be written: {}; check the directory's owner and mode", file, said)};
        case SQLITE_IOERR:
            return {ErrorCode::kUnavailable,
                    fmt::format("reading or writing `{}` failed: {}; nothing was changed", file, said)};
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {ErrorCode::kUnavailable, fmt::format("`{}` is in use by another process", file)};
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return {ErrorCode::kInternal,
                    fmt::format("`{}` is damaged: {}; run `visavis doctor`, then `visavis restore` a backup",
                                file, said)};
        default:
            return {ErrorCode::kInternal, fmt::format("`{}`: {}", file, said)};
    }
}

}  // namespace

Connection::Connection(const std::string& file, int flags)
    : file_(file), database_(file, flags, kBusyMilliseconds) {}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& file, Access access) {
    try {
        std::unique_ptr<Connection> connection(new Connection(file, flags_of(access)));
        SQLite::Database& database = connection->database_;
        if (access == Access::kWrite) {
            database.exec("PRAGMA journal_mode=WAL");
            database.exec("PRAGMA synchronous=FULL");
            database.exec("PRAGMA secure_delete=ON");
        }
        database.exec("PRAGMA foreign_keys=ON");
        database.exec("PRAGMA temp_store=MEMORY");  // no page of ours in a temporary file
        database.exec("PRAGMA cell_size_check=ON");
        if (access == Access::kRead) database.exec("PRAGMA query_only=ON");
        return connection;
    } catch (const SQLite::Exception& exception) {
        return std::unexpected(describe(exception, file));
    }
}

SQLite::Statement& Connection::statement(const char* sql) {
    auto& kept = statements_[sql];
    if (!kept) {
        try {
            kept = std::make_unique<SQLite::Statement>(database_, sql);
        } catch (...) {
            statements_.erase(sql);
            throw;
        }
    }
    kept->tryReset();
    kept->clearBindings();
    return *kept;
}

bool Connection::in_transaction() const noexcept {
    return sqlite3_get_autocommit(database_.getHandle()) == 0;
}

Error Connection::error(const SQLite::Exception& exception) const {
    return describe(exception, file_);
}

Bytes Query::blob(int column) const {
    const SQLite::Column value = statement_.getColumn(column);
    const auto* data = static_cast<const std::uint8_t*>(value.getBlob());
    return data == nullptr ? Bytes{} : Bytes(data, data + value.getBytes());
}

}  // namespace visavis::store::sqlite
