#include <fmt/format.h>

#include "store/sqlite/tables.h"

namespace visavis::store::sqlite {
namespace {

User user_of(const Query& row) {
    User user{.row = row.count(0), .user_id = row.text(1), .faces = row.count(2), .template_row = {}};
    if (!row.null(3)) user.template_row = row.count(3);
    return user;
}

#define VISAVIS_USER_COLUMNS                                                                        \
    "SELECT u.row, u.user_id, (SELECT COUNT(*) FROM faces f WHERE f.user = u.row), u.template_row " \
    "FROM users u "

std::unexpected<Error> no_user(std::string_view user_id) {
    return fail(ErrorCode::kNotFound, fmt::format("The user id: {} does not exist", user_id));
}

}  // namespace

Result<std::vector<float>> template_of_user(const CollectionKeys& keys, const std::string& user_id,
                                            const Bytes& sealed, const std::string& file) {
    const auto plain = keys.templates.open(sealed, keys.place_of_user(user_id));
    if (!plain)
        return fail(
            ErrorCode::kInternal,
            // Such words reach the log, which names nobody.
            fmt::format("`{}`: a user's template was altered or moved; associate the user's faces again, or "
                        "restore a backup",
                        file));
    return template_of_bytes(*plain);
}

Result<std::optional<User>> SqliteUsers::find(CollectionKey collection, std::string_view user_id) const {
    return guarded(session_.connection, [&]() -> Result<std::optional<User>> {
        Query query(session_.connection, VISAVIS_USER_COLUMNS "WHERE u.collection = ? AND u.user_id = ?",
                    collection, user_id);
        if (!query.step()) return std::nullopt;
        return user_of(query);
    });
}

Result<std::vector<std::optional<User>>> SqliteUsers::find_templates(
    CollectionKey collection, std::span<const std::uint64_t> template_rows) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<std::optional<User>>> {
        std::vector<std::optional<User>> found(template_rows.size());
        for (std::size_t i = 0; i < template_rows.size(); ++i) {
            Query query(session_.connection,
                        VISAVIS_USER_COLUMNS "WHERE u.template_row = ? AND u.collection = ?",
                        template_rows[i], collection);
            if (query.step()) found[i] = user_of(query);
        }
        return found;
    });
}

Result<std::vector<User>> SqliteUsers::list(CollectionKey collection, std::uint64_t after,
                                            std::size_t most) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<User>> {
        Query query(session_.connection,
                    VISAVIS_USER_COLUMNS "WHERE u.collection = ? AND u.row > ? ORDER BY u.row LIMIT ?",
                    collection, after, std::uint64_t{most});
        std::vector<User> found;
        while (query.step()) found.push_back(user_of(query));
        return found;
    });
}

Result<std::vector<StoredTemplate>> SqliteUsers::templates(CollectionKey collection, std::uint64_t after,
                                                           std::size_t most) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<StoredTemplate>> {
        const auto keys = keys_of(session_, collection);
        if (!keys) return std::unexpected(keys.error());
        Query query(session_.connection,
                    "SELECT template_row, user_id, template, weight, \"offset\" FROM users WHERE collection "
                    "= ? AND template_row > ? ORDER BY template_row LIMIT ?",
                    collection, after, std::uint64_t{most});
        std::vector<StoredTemplate> found;
        while (query.step()) {
            auto vector = template_of_user(*keys, query.text(1), query.blob(2), session_.connection.file());
            if (!vector) return std::unexpected(vector.error());
            found.push_back({.row = query.count(0),
                             .vector = std::move(*vector),
                             .weight = query.real(3),
                             .offset = query.real(4)});
        }
        return found;
    });
}

Result<std::vector<std::uint64_t>> SqliteUsers::template_rows(CollectionKey collection) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<std::uint64_t>> {
        Query query(session_.connection,
                    "SELECT template_row FROM users WHERE collection = ? AND template_row IS NOT NULL ORDER "
                    "BY template_row",
                    collection);
        std::vector<std::uint64_t> found;
        while (query.step()) found.push_back(query.count(0));
        return found;
    });
}

Result<User> SqliteUsers::create(CollectionKey collection, std::string_view user_id, TimePoint now) {
    return guarded(session_.connection, [&]() -> Result<User> {
        auto& connection = session_.connection;
        if (const auto keys = keys_of(session_, collection); !keys) return std::unexpected(keys.error());
        if (run(connection,
                "INSERT INTO users (collection, user_id, created_ms, last_ms) VALUES (?1, ?2, ?3, ?3) ON "
                "CONFLICT DO NOTHING",
                collection, user_id, std::int64_t{now.time_since_epoch().count()}) == 0)
            return fail(ErrorCode::kAlreadyExists, fmt::format("The user id: {} already exists.", user_id));
        const auto row = static_cast<std::uint64_t>(connection.database().getLastInsertRowid());
        run(connection, "UPDATE collections SET users = users + 1 WHERE key = ?", collection);
        return User{.row = row, .user_id = std::string(user_id), .faces = 0, .template_row = {}};
    });
}

Result<void> SqliteUsers::remove(CollectionKey collection, std::string_view user_id) {
    return guarded(session_.connection, [&]() -> Result<void> {
        auto& connection = session_.connection;
        const auto user = find(collection, user_id);
        if (!user) return std::unexpected(user.error());
        if (!*user) return no_user(user_id);
        run(connection,
            "UPDATE faces SET user = NULL, last_ms = max(last_ms, (SELECT last_ms FROM users WHERE users.row "
            "= faces.user)) WHERE user = ?",
            (*user)->row);
        run(connection, "DELETE FROM users WHERE row = ?", (*user)->row);
        run(connection, "UPDATE collections SET users = users - 1, user_generation = ? WHERE key = ?",
            new_generation(), collection);
        session_.erased = true;
        return {};
    });
}

Result<void> SqliteUsers::set_normalisation(CollectionKey collection,
                                            std::span<const NewNormalisation> pairs) {
    return guarded(session_.connection, [&]() -> Result<void> {
        for (const NewNormalisation& pair : pairs)
            if (run(session_.connection,
                    "UPDATE users SET weight = ?, \"offset\" = ? WHERE template_row = ? AND collection = ?",
                    pair.weight, pair.offset, pair.row, collection) == 0)
                return fail(ErrorCode::kNotFound, "a user's template does not exist any more");
        return {};
    });
}

Result<User> SqliteUsers::set_template(CollectionKey collection, std::string_view user_id,
                                       const std::optional<FusedTemplate>& fused) {
    return guarded(session_.connection, [&]() -> Result<User> {
        auto& connection = session_.connection;
        const auto keys = keys_of(session_, collection);
        if (!keys) return std::unexpected(keys.error());
        std::optional<std::uint64_t> row;
        std::optional<Bytes> sealed;
        if (fused) {
            run(connection, "UPDATE user_template_rows SET last = last + 1");
            Query last(connection, "SELECT last FROM user_template_rows");
            last.step();
            row = last.count(0);
            sealed = keys->templates.seal(bytes_of_template(fused->vector), keys->place_of_user(user_id));
        }
        if (run(connection,
                "UPDATE users SET template_row = ?, template = ?, weight = ?, \"offset\" = ? WHERE "
                "collection = ? AND user_id = ?",
                row, sealed, fused ? fused->weight : 1.0F, fused ? fused->offset : 0.0F, collection,
                user_id) == 0)
            return no_user(user_id);
        run(connection, "UPDATE collections SET user_generation = ? WHERE key = ?", new_generation(),
            collection);
        session_.erased = true;
        const auto user = find(collection, user_id);
        if (!user) return std::unexpected(user.error());
        return **user;
    });
}

}  // namespace visavis::store::sqlite
