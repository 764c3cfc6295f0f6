// Tags, tokens and the outbox.
#include <algorithm>

#include "store/sqlite/tables.h"

namespace visavis::store::sqlite {

Result<TagMap> SqliteTags::list(CollectionKey collection) const {
    return guarded(session_.connection, [&]() -> Result<TagMap> {
        Query query(session_.connection, "SELECT name, value FROM tags WHERE collection = ?", collection);
        TagMap tags;
        while (query.step()) tags.emplace(query.text(0), query.text(1));
        return tags;
    });
}

Result<void> SqliteTags::set(CollectionKey collection, const TagMap& tags) {
    return guarded(session_.connection, [&]() -> Result<void> {
        for (const auto& [name, value] : tags)
            run(session_.connection,
                "INSERT INTO tags (collection, name, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value "
                "= excluded.value",
                collection, name, value);
        return {};
    });
}

Result<void> SqliteTags::remove(CollectionKey collection, std::span<const std::string> keys) {
    return guarded(session_.connection, [&]() -> Result<void> {
        for (const std::string& name : keys)
            run(session_.connection, "DELETE FROM tags WHERE collection = ? AND name = ?", collection, name);
        return {};
    });
}

Result<std::optional<UsedToken>> SqliteTokens::find(const TokenName& name) const {
    return guarded(session_.connection, [&]() -> Result<std::optional<UsedToken>> {
        Query query(session_.connection,
                    "SELECT parameters, answer FROM tokens WHERE account = ? AND operation = ? AND token = ?",
                    name.account, name.operation, name.token);
        if (!query.step()) return std::nullopt;
        UsedToken used{.parameters = {}, .answer = query.blob(1)};
        const Bytes parameters = query.blob(0);
        std::copy_n(parameters.begin(), std::min(parameters.size(), used.parameters.size()),
                    used.parameters.begin());
        return used;
    });
}

Result<void> SqliteTokens::remember(const TokenName& name, const UsedToken& used, TimePoint expires) {
    return guarded(session_.connection, [&]() -> Result<void> {
        run(session_.connection,
            "INSERT OR REPLACE INTO tokens (account, operation, token, parameters, answer, expires_ms) "
            "VALUES "
            "(?, ?, ?, ?, ?, ?)",
            name.account, name.operation, name.token, ByteView(used.parameters), used.answer,
            std::int64_t{expires.time_since_epoch().count()});
        return {};
    });
}

Result<void> SqliteTokens::forget(TimePoint now) {
    return guarded(session_.connection, [&]() -> Result<void> {
        run(session_.connection, "DELETE FROM tokens WHERE expires_ms < ?",
            std::int64_t{now.time_since_epoch().count()});
        return {};
    });
}

Result<std::vector<Message>> SqliteOutbox::peek(std::size_t most) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<Message>> {
        Query query(session_.connection, "SELECT id, kind, payload FROM outbox ORDER BY id LIMIT ?",
                    std::uint64_t{most});
        std::vector<Message> found;
        while (query.step())
            found.push_back({.id = query.count(0), .kind = query.text(1), .payload = query.blob(2)});
        return found;
    });
}

Result<std::uint64_t> SqliteOutbox::enqueue(std::string_view kind, ByteView payload) {
    return guarded(session_.connection, [&]() -> Result<std::uint64_t> {
        run(session_.connection, "INSERT INTO outbox (kind, payload) VALUES (?, ?)", kind, payload);
        return static_cast<std::uint64_t>(session_.connection.database().getLastInsertRowid());
    });
}

Result<void> SqliteOutbox::remove(std::span<const std::uint64_t> ids) {
    return guarded(session_.connection, [&]() -> Result<void> {
        for (const std::uint64_t id : ids) run(session_.connection, "DELETE FROM outbox WHERE id = ?", id);
        return {};
    });
}

}  // namespace visavis::store::sqlite
