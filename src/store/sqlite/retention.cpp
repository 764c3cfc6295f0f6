#include <algorithm>

#include "store/sqlite/tables.h"

namespace visavis::store::sqlite {
namespace {

std::int64_t number(TimePoint time) {
    return time.time_since_epoch().count();
}
TimePoint time_of(std::int64_t number) {
    return TimePoint(std::chrono::milliseconds(number));
}

/// The faces of these rows, in their order.
Result<std::vector<Face>> faces_of_rows(Session& session, CollectionKey collection, Query& query) {
    std::vector<std::uint64_t> rows;
    while (query.step()) rows.push_back(query.count(0));
    const auto found = SqliteFaces(session).find_rows(collection, rows);
    if (!found) return std::unexpected(found.error());
    std::vector<Face> faces;
    for (const auto& face : *found)
        if (face) faces.push_back(*face);
    return faces;
}

Result<std::vector<User>> users_of_ids(Session& session, CollectionKey collection, Query& query) {
    std::vector<std::string> ids;
    while (query.step()) ids.push_back(query.text(0));
    std::vector<User> users;
    for (const std::string& id : ids) {
        const auto user = SqliteUsers(session).find(collection, id);
        if (!user) return std::unexpected(user.error());
        if (*user) users.push_back(**user);
    }
    return users;
}

}  // namespace

Result<std::vector<Face>> SqliteRetention::due_faces(CollectionKey collection, TimePoint until,
                                                     std::size_t most) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<Face>> {
        Query query(session_.connection,
                    "SELECT row FROM faces WHERE collection = ? AND user IS NULL AND last_ms <= ? ORDER BY "
                    "last_ms LIMIT ?",
                    collection, number(until), std::uint64_t{most});
        return faces_of_rows(session_, collection, query);
    });
}

Result<std::vector<User>> SqliteRetention::due_users(CollectionKey collection, TimePoint until,
                                                     std::size_t most) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<User>> {
        Query query(
            session_.connection,
            "SELECT user_id FROM users WHERE collection = ? AND last_ms <= ? ORDER BY last_ms LIMIT ?",
            collection, number(until), std::uint64_t{most});
        return users_of_ids(session_, collection, query);
    });
}

Result<DueCount> SqliteRetention::count_due(CollectionKey collection, TimePoint until) const {
    return guarded(session_.connection, [&]() -> Result<DueCount> {
        Query faces(
            session_.connection,
            "SELECT (SELECT COUNT(*) FROM faces WHERE collection = ?1 AND user IS NULL AND last_ms <= "
            "?2) + (SELECT COUNT(*) FROM users u JOIN faces f ON f.user = u.row WHERE u.collection = "
            "?1 AND u.last_ms <= ?2), (SELECT COUNT(*) FROM users WHERE collection = ?1 AND last_ms "
            "<= ?2)",
            collection, number(until));
        faces.step();
        return DueCount{.faces = faces.count(0), .users = faces.count(1)};
    });
}

Result<std::optional<TimePoint>> SqliteRetention::oldest(CollectionKey collection) const {
    return guarded(session_.connection, [&]() -> Result<std::optional<TimePoint>> {
        Query query(session_.connection,
                    "SELECT min(last_ms) FROM (SELECT min(last_ms) AS last_ms FROM faces WHERE collection = "
                    "?1 AND user IS NULL UNION ALL SELECT min(last_ms) FROM users WHERE collection = ?1)",
                    collection);
        if (!query.step() || query.null(0)) return std::nullopt;
        return time_of(query.integer(0));
    });
}

Result<std::optional<Sweep>> SqliteRetention::last_sweep(CollectionKey collection) const {
    return guarded(session_.connection, [&]() -> Result<std::optional<Sweep>> {
        Query query(session_.connection, "SELECT at_ms, faces, users FROM sweeps WHERE collection = ?",
                    collection);
        if (!query.step()) return std::nullopt;
        return Sweep{.at = time_of(query.integer(0)), .faces = query.count(1), .users = query.count(2)};
    });
}

Result<std::vector<CollectionKey>> SqliteRetention::collections_of_case(std::string_view case_id) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<CollectionKey>> {
        Query query(
            session_.connection,
            "SELECT collection FROM faces WHERE case_id = ?1 UNION SELECT collection FROM users WHERE "
            "case_id = ?1 ORDER BY 1",
            case_id);
        std::vector<CollectionKey> found;
        while (query.step()) found.push_back(CollectionKey{query.integer(0)});
        return found;
    });
}

Result<std::vector<Face>> SqliteRetention::faces_of_case(CollectionKey collection, std::string_view case_id,
                                                         std::size_t most) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<Face>> {
        Query query(session_.connection,
                    "SELECT row FROM faces WHERE case_id = ? AND collection = ? ORDER BY row LIMIT ?",
                    case_id, collection, std::uint64_t{most});
        return faces_of_rows(session_, collection, query);
    });
}

Result<std::vector<User>> SqliteRetention::users_of_case(CollectionKey collection, std::string_view case_id,
                                                         std::size_t most) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<User>> {
        Query query(session_.connection,
                    "SELECT user_id FROM users WHERE case_id = ? AND collection = ? ORDER BY row LIMIT ?",
                    case_id, collection, std::uint64_t{most});
        return users_of_ids(session_, collection, query);
    });
}

Result<void> SqliteRetention::renew(CollectionKey collection, std::span<const std::uint64_t> rows,
                                    TimePoint now) {
    return guarded(session_.connection, [&]() -> Result<void> {
        for (const std::uint64_t row : rows) {
            run(session_.connection, "UPDATE faces SET last_ms = ? WHERE row = ? AND collection = ?",
                number(now), row, collection);
            run(session_.connection,
                "UPDATE users SET last_ms = ? WHERE row = (SELECT user FROM faces WHERE row = ? AND "
                "collection = ?)",
                number(now), row, collection);
        }
        return {};
    });
}

Result<void> SqliteRetention::renew_user(CollectionKey collection, std::string_view user_id, TimePoint now) {
    return guarded(session_.connection, [&]() -> Result<void> {
        run(session_.connection, "UPDATE users SET last_ms = ? WHERE collection = ? AND user_id = ?",
            number(now), collection, user_id);
        return {};
    });
}

Result<void> SqliteRetention::set_case(CollectionKey collection, std::span<const std::uint64_t> rows,
                                       std::string_view case_id) {
    return guarded(session_.connection, [&]() -> Result<void> {
        for (const std::uint64_t row : rows)
            run(session_.connection, "UPDATE faces SET case_id = ? WHERE row = ? AND collection = ?", case_id,
                row, collection);
        return {};
    });
}

Result<void> SqliteRetention::set_case_of_user(CollectionKey collection, std::string_view user_id,
                                               std::string_view case_id) {
    return guarded(session_.connection, [&]() -> Result<void> {
        run(session_.connection, "UPDATE users SET case_id = ? WHERE collection = ? AND user_id = ?", case_id,
            collection, user_id);
        return {};
    });
}

Result<void> SqliteRetention::note_sweep(CollectionKey collection, const Sweep& sweep) {
    return guarded(session_.connection, [&]() -> Result<void> {
        run(session_.connection,
            "INSERT OR REPLACE INTO sweeps (collection, at_ms, faces, users) VALUES (?, ?, ?, ?)", collection,
            number(sweep.at), sweep.faces, sweep.users);
        return {};
    });
}

}  // namespace visavis::store::sqlite
