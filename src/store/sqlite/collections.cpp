#include <chrono>

#include <fmt/format.h>

#include "base/random.h"
#include "store/sqlite/tables.h"

namespace visavis::store::sqlite {
namespace {

Collection collection_of(const Query& row) {
    return {.key = CollectionKey{row.integer(0)},
            .account = row.text(1),
            .id = row.text(2),
            .uid = row.text(3),
            .model_version = row.text(4),
            .dimension = row.count(5),
            .created = TimePoint(std::chrono::milliseconds(row.integer(6))),
            .faces = row.count(7),
            .users = row.count(8),
            .face_generation = row.count(9),
            .user_generation = row.count(10),
            .owner = row.text(11),
            .normaliser = row.text(12)};
}

#define VISAVIS_COLLECTION_COLUMNS                                                                        \
    "SELECT key, account, id, uid, model_version, dimension, created_ms, faces, users, face_generation, " \
    "user_generation, owner, normaliser FROM collections "

std::vector<Collection> all_of(Query& query) {
    std::vector<Collection> found;
    while (query.step()) found.push_back(collection_of(query));
    return found;
}

std::string place_of_key(std::string_view uid) {
    return fmt::format("key of collection {}", uid);
}

std::string place_of_origins(std::string_view uid) {
    return fmt::format("origins of collection {}", uid);
}

std::unexpected<Error> already_there(std::string_view id) {
    return fail(ErrorCode::kAlreadyExists, fmt::format("The collection id: {} already exists.", id));
}

}  // namespace

Bytes CollectionKeys::place_of_face(ByteView face_id) const {
    Bytes place(uid.begin(), uid.end());
    place.insert(place.end(), face_id.begin(), face_id.end());
    return place;
}

Bytes CollectionKeys::place_of_user(std::string_view user_id) const {
    const std::string place = fmt::format("{} user {}", uid, user_id);
    return {place.begin(), place.end()};
}

Result<CollectionKeys> keys_of(Session& session, CollectionKey collection) {
    Query query(session.connection, "SELECT uid, wrapped_key, wrapped_origins FROM collections WHERE key = ?",
                collection);
    if (!query.step()) return fail(ErrorCode::kNotFound, "the collection does not exist any more");
    std::string uid = query.text(0);
    const auto unwrapped = [&](const Bytes& wrapped, const std::string& place) -> Result<keys::SealKey> {
        const auto bytes = session.wrapping.open(wrapped, as_bytes(place));
        if (!bytes)
            return fail(ErrorCode::kInternal,
                        fmt::format("`{}`: the key of collection {} does not open with this server's key",
                                    session.connection.file(), uid));
        return keys::SealKey::from_bytes(*bytes);
    };
    const auto key = unwrapped(query.blob(1), place_of_key(uid));
    if (!key) return std::unexpected(key.error());
    const auto origins = query.null(2) ? Result<keys::SealKey>(key->derive("origins"))
                                       : unwrapped(query.blob(2), place_of_origins(uid));
    if (!origins) return std::unexpected(origins.error());
    return CollectionKeys{.uid = std::move(uid), .templates = key->derive("templates"), .origins = *origins};
}

std::int64_t new_generation() {
    std::uint64_t number = 0;
    for (const std::uint8_t byte : random_bytes(7)) number = number << 8U | byte;
    return static_cast<std::int64_t>(number + 1);
}

Result<std::optional<Collection>> SqliteCollections::find(std::string_view account,
                                                          std::string_view id) const {
    return guarded(session_.connection, [&]() -> Result<std::optional<Collection>> {
        Query query(session_.connection, VISAVIS_COLLECTION_COLUMNS "WHERE account = ? AND id = ?", account,
                    id);
        if (!query.step()) return std::nullopt;
        return collection_of(query);
    });
}

Result<std::vector<Collection>> SqliteCollections::list(std::string_view account, CollectionKey after,
                                                        std::size_t most) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<Collection>> {
        Query query(session_.connection,
                    VISAVIS_COLLECTION_COLUMNS "WHERE account = ? AND key > ? ORDER BY key LIMIT ?", account,
                    after, std::uint64_t{most});
        return all_of(query);
    });
}

Result<std::vector<Collection>> SqliteCollections::all() const {
    return guarded(session_.connection, [&]() -> Result<std::vector<Collection>> {
        Query query(session_.connection, VISAVIS_COLLECTION_COLUMNS "ORDER BY key");
        return all_of(query);
    });
}

Result<Bytes> SqliteCollections::file_key(CollectionKey key) const {
    return guarded(session_.connection, [&]() -> Result<Bytes> {
        const auto keys = keys_of(session_, key);
        if (!keys) return std::unexpected(keys.error());
        const auto files = keys->templates.derive("files");
        return Bytes(files.bytes().begin(), files.bytes().end());
    });
}

Result<Bytes> SqliteCollections::origin_key(CollectionKey key) const {
    return guarded(session_.connection, [&]() -> Result<Bytes> {
        const auto keys = keys_of(session_, key);
        if (!keys) return std::unexpected(keys.error());
        return Bytes(keys->origins.bytes().begin(), keys->origins.bytes().end());
    });
}

Result<void> SqliteCollections::set_normaliser(CollectionKey key, std::string_view normaliser) {
    return guarded(session_.connection, [&]() -> Result<void> {
        // The index holds the numbers, too: with another generation it is made anew.
        if (run(session_.connection,
                "UPDATE collections SET normaliser = ?, face_generation = ?, user_generation = ? WHERE key = "
                "?",
                normaliser, new_generation(), new_generation(), key) == 0)
            return fail(ErrorCode::kNotFound, "the collection does not exist any more");
        return {};
    });
}

Result<Collection> SqliteCollections::hand_to(CollectionKey key, std::string_view account,
                                              std::string_view id) {
    return guarded(session_.connection, [&]() -> Result<Collection> {
        const auto known = find(account, id);
        if (!known) return std::unexpected(known.error());
        if (*known) return already_there(id);
        if (run(session_.connection, "UPDATE collections SET account = ?, id = ? WHERE key = ?", account, id,
                key) == 0)
            return fail(ErrorCode::kNotFound, "the collection does not exist any more");
        const auto now = find(account, id);
        if (!now) return std::unexpected(now.error());
        return **now;
    });
}

Result<Collection> SqliteCollections::create(const NewCollection& collection) {
    return guarded(session_.connection, [&]() -> Result<Collection> {
        const auto known = find(collection.account, collection.id);
        if (!known) return std::unexpected(known.error());
        if (*known) return already_there(collection.id);
        const std::string uid = random_uuid();
        const auto key = keys::SealKey::generate();
        std::optional<Bytes> origins;
        if (!collection.origin_key.empty())
            origins = session_.wrapping.seal(collection.origin_key, as_bytes(place_of_origins(uid)));
        run(session_.connection,
            "INSERT INTO collections (account, id, uid, model_version, dimension, created_ms, wrapped_key, "
            "face_generation, user_generation, owner, wrapped_origins, normaliser) VALUES "
            "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            collection.account, collection.id, uid, collection.model_version,
            std::uint64_t{collection.dimension}, std::int64_t{collection.created.time_since_epoch().count()},
            session_.wrapping.seal(key.bytes(), as_bytes(place_of_key(uid))), new_generation(),
            new_generation(), collection.owner, origins, collection.normaliser);
        const auto made = find(collection.account, collection.id);
        if (!made) return std::unexpected(made.error());
        return **made;
    });
}

Result<std::size_t> SqliteCollections::empty(CollectionKey key, std::size_t most) {
    return guarded(session_.connection, [&]() -> Result<std::size_t> {
        auto& connection = session_.connection;
        const std::uint64_t limit = most;
        if (const std::size_t faces = run(connection,
                                          "DELETE FROM faces WHERE row IN (SELECT row FROM faces WHERE "
                                          "collection = ? LIMIT ?)",
                                          key, limit);
            faces > 0) {
            run(connection, "UPDATE collections SET faces = faces - ?, face_generation = ? WHERE key = ?",
                std::uint64_t{faces}, new_generation(), key);
            session_.erased = true;
            return faces;
        }
        const std::size_t users = run(
            connection, "DELETE FROM users WHERE row IN (SELECT row FROM users WHERE collection = ? LIMIT ?)",
            key, limit);
        run(connection, "UPDATE collections SET users = users - ?, user_generation = ? WHERE key = ?",
            std::uint64_t{users}, new_generation(), key);
        session_.erased = session_.erased || users > 0;
        return users;
    });
}

Result<void> SqliteCollections::remove(CollectionKey key) {
    return guarded(session_.connection, [&]() -> Result<void> {
        auto& connection = session_.connection;
        run(connection, "DELETE FROM faces WHERE collection = ?", key);
        run(connection, "DELETE FROM users WHERE collection = ?", key);
        run(connection, "DELETE FROM tags WHERE collection = ?", key);
        run(connection, "DELETE FROM sweeps WHERE collection = ?", key);
        if (run(connection, "DELETE FROM collections WHERE key = ?", key) == 0)
            return fail(ErrorCode::kNotFound, "the collection does not exist any more");
        session_.erased = true;
        return {};
    });
}

}  // namespace visavis::store::sqlite
