// One connection to the database file: settings, cached statements, errors as values. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

#include <SQLiteCpp/SQLiteCpp.h>

#include "base/bytes.h"
#include "base/error.h"

namespace visavis::store::sqlite {

enum class Access { kRead, kWrite };

class Connection {
  public:
    /// Opens the file with WAL, synchronous=FULL, secure_delete and foreign keys; kWrite makes it if absent.
    static Result<std::unique_ptr<Connection>> open(const std::string& file, Access access);

    [[nodiscard]] SQLite::Database& database() noexcept { return database_; }
    [[nodiscard]] const std::string& file() const noexcept { return file_; }

    /// The prepared statement of `sql`, a literal; at its start, without bindings.
    SQLite::Statement& statement(const char* sql);

    /// False after SQLite rolled back by itself (disk full, I/O error).
    [[nodiscard]] bool in_transaction() const noexcept;

    /// In this project's vocabulary.
    [[nodiscard]] Error error(const SQLite::Exception& exception) const;

  private:
    Connection(const std::string& file, int flags);

    std::string file_;
    SQLite::Database database_;
    std::unordered_map<const char*, std::unique_ptr<SQLite::Statement>> statements_;
};

/// One run of a statement; leaves it reset, so that no read stays open. Throws SQLite::Exception.
class Query {
  public:
    template <typename... Values>
    Query(Connection& connection, const char* sql, const Values&... values)
        : statement_(connection.statement(sql)) {
        int index = 0;
        (bind(++index, values), ...);
    }
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    ~Query() { statement_.tryReset(); }

    /// To the next row; false at the end.
    bool step() { return statement_.executeStep(); }

    [[nodiscard]] std::int64_t integer(int column) const { return statement_.getColumn(column).getInt64(); }
    [[nodiscard]] std::uint64_t count(int column) const {
        return static_cast<std::uint64_t>(integer(column));
    }
    [[nodiscard]] float real(int column) const {
        return static_cast<float>(statement_.getColumn(column).getDouble());
    }
    [[nodiscard]] std::string text(int column) const { return statement_.getColumn(column).getString(); }
    [[nodiscard]] bool null(int column) const { return statement_.isColumnNull(column); }
    [[nodiscard]] std::optional<std::string> optional_text(int column) const {
        return null(column) ? std::nullopt : std::optional(text(column));
    }
    [[nodiscard]] Bytes blob(int column) const;

  private:
    void bind(int index, std::int64_t value) { statement_.bind(index, value); }
    void bind(int index, std::uint64_t value) { statement_.bind(index, static_cast<std::int64_t>(value)); }
    void bind(int index, std::uint32_t value) { statement_.bind(index, static_cast<std::int64_t>(value)); }
    void bind(int index, double value) { statement_.bind(index, value); }
    void bind(int index, float value) { statement_.bind(index, double{value}); }
    void bind(int index, std::string_view value) { statement_.bind(index, std::string(value)); }
    void bind(int index, const char* value) { statement_.bind(index, value); }
    void bind(int index, const std::string& value) { statement_.bind(index, value); }
    void bind(int index, ByteView value) {
        // A null pointer would bind NULL.
        const void* data = value.empty() ? static_cast<const void*>("") : value.data();
        statement_.bind(index, data, static_cast<int>(value.size()));
    }
    void bind(int index, const Bytes& value) { bind(index, ByteView(value)); }
    template <typename Value>
    void bind(int index, const std::optional<Value>& value) {
        if (value)
            bind(index, *value);
        else
            statement_.bind(index);
    }
    template <typename Key>
        requires std::is_enum_v<Key>
    void bind(int index, Key key) {
        bind(index, static_cast<std::int64_t>(key));
    }

    SQLite::Statement& statement_;
};

/// Runs a statement to its end; gives how many rows it changed.
template <typename... Values>
std::size_t run(Connection& connection, const char* sql, const Values&... values) {
    Query query(connection, sql, values...);
    while (query.step()) {
    }
    return static_cast<std::size_t>(connection.database().getChanges());
}

/// What `body` gives, or its SQLite::Exception as an Error.
template <typename Body>
auto guarded(const Connection& connection, const Body& body) -> std::invoke_result_t<const Body&> {
    try {
        return body();
    } catch (const SQLite::Exception& exception) {
        return std::unexpected(connection.error(exception));
    }
}

}  // namespace visavis::store::sqlite
