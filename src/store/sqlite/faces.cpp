#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "base/random.h"
#include "store/sqlite/tables.h"

namespace visavis::store::sqlite {
namespace {

static_assert(std::endian::native == std::endian::little, "templates are stored as little-endian float32");

}  // namespace

Face face_of(const Query& row) {
    return {.row = row.count(0),
            .face_id = uuid_of_bytes(row.blob(1)),
            .image_id = uuid_of_bytes(row.blob(2)),
            .external_image_id = row.optional_text(3),
            .box = {.left = row.real(4), .top = row.real(5), .width = row.real(6), .height = row.real(7)},
            .confidence = row.real(8),
            .user_id = row.optional_text(9)};
}

namespace {

#define VISAVIS_FACE_COLUMNS                                                                   \
    "SELECT f.row, f.face_id, f.image_id, f.external_id, f.box_left, f.box_top, f.box_width, " \
    "f.box_height, f.confidence, u.user_id, f.ordinal FROM faces f LEFT JOIN users u ON "      \
    "u.row = f.user "

#define VISAVIS_TEMPLATE_COLUMNS "SELECT row, face_id, template, weight, \"offset\" FROM faces "

/// One way to write down where faces come from, as a key that tells nothing without the collection's key.
Bytes origin_of(const CollectionKeys& keys, const ImageOrigin& origin) {
    Bytes text(origin.image.begin(), origin.image.end());
    if (origin.external_image_id) {
        text.push_back(1);
        text.insert(text.end(), origin.external_image_id->begin(), origin.external_image_id->end());
    }
    const Sha256 code = hmac_sha256(keys.origins.bytes(), text);
    return {code.begin(), code.end()};
}

Result<StoredTemplate> opened(const CollectionKeys& keys, const Query& row, const std::string& file) {
    auto vector = template_of_face(keys, row.blob(1), row.blob(2), file);
    if (!vector) return std::unexpected(vector.error());
    return StoredTemplate{
        .row = row.count(0), .vector = std::move(*vector), .weight = row.real(3), .offset = row.real(4)};
}

}  // namespace

Result<std::vector<float>> template_of_face(const CollectionKeys& keys, const Bytes& id, const Bytes& sealed,
                                            const std::string& file) {
    const auto plain = keys.templates.open(sealed, keys.place_of_face(id));
    if (!plain)
        return fail(ErrorCode::kInternal,
                    fmt::format("`{}`: the template of face {} was altered or moved; delete the face and "
                                "index its image again, or restore a backup",
                                file, uuid_of_bytes(id)));
    return template_of_bytes(*plain);
}

Result<std::uint64_t> insert_face(Session& session, const CollectionKeys& keys, CollectionKey collection,
                                  const NewFace& face, const FaceSource& source) {
    const auto id = bytes_of_uuid(face.face_id);
    const auto image = bytes_of_uuid(face.image_id);
    if (!id || !image) return fail(ErrorCode::kInternal, "a face's or an image's id is not a UUID");
    const std::size_t changed = run(
        session.connection,
        "INSERT INTO faces (collection, face_id, image_id, external_id, origin, ordinal, box_left, "
        "box_top, box_width, box_height, confidence, weight, \"offset\", template, last_ms, case_id) VALUES "
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        collection, *id, *image, source.external_id, source.origin, face.ordinal, face.box.left, face.box.top,
        face.box.width, face.box.height, face.confidence, face.weight, face.offset,
        keys.templates.seal(bytes_of_template(face.vector), keys.place_of_face(*id)),
        std::int64_t{source.last_interaction.time_since_epoch().count()}, source.case_id);
    if (changed == 0)
        return fail(ErrorCode::kConflict, fmt::format("face `{}` is there already", face.face_id));
    return static_cast<std::uint64_t>(session.connection.database().getLastInsertRowid());
}

void count_added_faces(Session& session, CollectionKey collection, std::size_t faces) {
    if (faces == 0) return;
    run(session.connection, "UPDATE collections SET faces = faces + ?, face_generation = ? WHERE key = ?",
        std::uint64_t{faces}, new_generation(), collection);
}

Bytes bytes_of_template(std::span<const float> vector) {
    Bytes bytes(vector.size_bytes());
    std::memcpy(bytes.data(), vector.data(), bytes.size());
    return bytes;
}

Result<std::vector<float>> template_of_bytes(ByteView bytes) {
    if (bytes.size() % sizeof(float) != 0)
        return fail(ErrorCode::kInternal, "a stored template is not a whole number of floats");
    std::vector<float> vector(bytes.size() / sizeof(float));
    std::memcpy(vector.data(), bytes.data(), bytes.size());
    return vector;
}

std::optional<Bytes> bytes_of_uuid(std::string_view uuid) {
    if (uuid.size() != 36) return std::nullopt;
    std::string hex;
    for (std::size_t i = 0; i < uuid.size(); ++i) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (uuid[i] != '-') return std::nullopt;
        } else {
            hex.push_back(uuid[i]);
        }
    }
    auto bytes = from_hex(hex);
    if (!bytes || bytes->size() != 16) return std::nullopt;
    return std::move(*bytes);
}

std::string uuid_of_bytes(ByteView bytes) {
    std::string hex = to_hex(bytes);
    if (hex.size() != 32) return hex;
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                       hex.substr(16, 4), hex.substr(20));
}

Result<std::vector<std::optional<Face>>> SqliteFaces::find(CollectionKey collection,
                                                           std::span<const std::string> face_ids) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<std::optional<Face>>> {
        std::vector<std::optional<Face>> found(face_ids.size());
        for (std::size_t i = 0; i < face_ids.size(); ++i) {
            const auto id = bytes_of_uuid(face_ids[i]);
            if (!id) continue;
            Query query(session_.connection, VISAVIS_FACE_COLUMNS "WHERE f.collection = ? AND f.face_id = ?",
                        collection, *id);
            if (query.step()) found[i] = face_of(query);
        }
        return found;
    });
}

Result<std::vector<std::optional<Face>>> SqliteFaces::find_rows(CollectionKey collection,
                                                                std::span<const std::uint64_t> rows) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<std::optional<Face>>> {
        std::vector<std::optional<Face>> found(rows.size());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            Query query(session_.connection, VISAVIS_FACE_COLUMNS "WHERE f.row = ? AND f.collection = ?",
                        rows[i], collection);
            if (query.step()) found[i] = face_of(query);
        }
        return found;
    });
}

Result<std::vector<KnownFace>> SqliteFaces::of_image(CollectionKey collection,
                                                     const ImageOrigin& origin) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<KnownFace>> {
        const auto keys = keys_of(session_, collection);
        if (!keys) return std::unexpected(keys.error());
        Query query(session_.connection,
                    VISAVIS_FACE_COLUMNS "WHERE f.collection = ? AND f.origin = ? ORDER BY f.ordinal",
                    collection, origin_of(*keys, origin));
        std::vector<KnownFace> found;
        while (query.step())
            found.push_back(
                {.ordinal = static_cast<std::uint32_t>(query.integer(10)), .face = face_of(query)});
        return found;
    });
}

Result<std::string> SqliteFaces::image_id(CollectionKey collection, const ImageOrigin& origin) const {
    return guarded(session_.connection, [&]() -> Result<std::string> {
        const auto keys = keys_of(session_, collection);
        if (!keys) return std::unexpected(keys.error());
        return name_uuid(origin_of(*keys, origin));
    });
}

Result<std::vector<Face>> SqliteFaces::list(CollectionKey collection, const FaceFilter& filter,
                                            std::uint64_t after, std::size_t most) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<Face>> {
        std::vector<Face> found;
        if (!filter.face_ids.empty()) {
            const auto asked = find(collection, filter.face_ids);
            if (!asked) return std::unexpected(asked.error());
            for (const auto& face : *asked)
                if (face && face->row > after && (!filter.user_id || face->user_id == filter.user_id))
                    found.push_back(*face);
            std::ranges::sort(found, {}, &Face::row);
            const auto doubles = std::ranges::unique(found, {}, &Face::row);
            found.erase(doubles.begin(), doubles.end());
            if (found.size() > most) found.resize(most);
            return found;
        }
        if (filter.user_id) {
            Query query(session_.connection,
                        VISAVIS_FACE_COLUMNS
                        "WHERE f.user = (SELECT row FROM users WHERE collection = ? AND user_id = ?) AND "
                        "f.row > ? ORDER BY f.row LIMIT ?",
                        collection, *filter.user_id, after, std::uint64_t{most});
            while (query.step()) found.push_back(face_of(query));
            return found;
        }
        Query query(session_.connection,
                    VISAVIS_FACE_COLUMNS "WHERE f.collection = ? AND f.row > ? ORDER BY f.row LIMIT ?",
                    collection, after, std::uint64_t{most});
        while (query.step()) found.push_back(face_of(query));
        return found;
    });
}

Result<std::vector<StoredTemplate>> SqliteFaces::templates(CollectionKey collection, std::uint64_t after,
                                                           std::size_t most) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<StoredTemplate>> {
        const auto keys = keys_of(session_, collection);
        if (!keys) return std::unexpected(keys.error());
        Query query(session_.connection,
                    VISAVIS_TEMPLATE_COLUMNS "WHERE collection = ? AND row > ? ORDER BY row LIMIT ?",
                    collection, after, std::uint64_t{most});
        std::vector<StoredTemplate> found;
        while (query.step()) {
            auto one = opened(*keys, query, session_.connection.file());
            if (!one) return std::unexpected(one.error());
            found.push_back(std::move(*one));
        }
        return found;
    });
}

Result<std::vector<StoredTemplate>> SqliteFaces::templates_of(CollectionKey collection,
                                                              std::span<const std::uint64_t> rows) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<StoredTemplate>> {
        const auto keys = keys_of(session_, collection);
        if (!keys) return std::unexpected(keys.error());
        std::vector<StoredTemplate> found;
        found.reserve(rows.size());
        for (const std::uint64_t row : rows) {
            Query query(session_.connection, VISAVIS_TEMPLATE_COLUMNS "WHERE row = ? AND collection = ?", row,
                        collection);
            if (!query.step()) return fail(ErrorCode::kNotFound, "a face does not exist any more");
            auto one = opened(*keys, query, session_.connection.file());
            if (!one) return std::unexpected(one.error());
            found.push_back(std::move(*one));
        }
        return found;
    });
}

Result<std::vector<std::uint64_t>> SqliteFaces::rows(CollectionKey collection) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<std::uint64_t>> {
        Query query(session_.connection, "SELECT row FROM faces WHERE collection = ? ORDER BY row",
                    collection);
        std::vector<std::uint64_t> found;
        while (query.step()) found.push_back(query.count(0));
        return found;
    });
}

Result<std::vector<Face>> SqliteFaces::add(CollectionKey collection, const ImageOrigin& origin,
                                           std::span<const NewFace> faces) {
    return guarded(session_.connection, [&]() -> Result<std::vector<Face>> {
        const auto keys = keys_of(session_, collection);
        if (!keys) return std::unexpected(keys.error());
        // A face that nobody renews explicitly has its clock started by the machine's.
        const FaceSource source{.origin = origin_of(*keys, origin),
                                .external_id = origin.external_image_id,
                                .last_interaction = SystemClock().now(),
                                .case_id = {}};
        std::vector<Face> added;
        added.reserve(faces.size());
        for (const NewFace& face : faces) {
            const auto row = insert_face(session_, *keys, collection, face, source);
            if (!row) return std::unexpected(row.error());
            added.push_back({.row = *row,
                             .face_id = face.face_id,
                             .image_id = face.image_id,
                             .external_image_id = origin.external_image_id,
                             .box = face.box,
                             .confidence = face.confidence,
                             .user_id = std::nullopt});
        }
        count_added_faces(session_, collection, added.size());
        return added;
    });
}

Result<void> SqliteFaces::set_normalisation(CollectionKey collection,
                                            std::span<const NewNormalisation> pairs) {
    return guarded(session_.connection, [&]() -> Result<void> {
        for (const NewNormalisation& pair : pairs)
            if (run(session_.connection,
                    "UPDATE faces SET weight = ?, \"offset\" = ? WHERE row = ? AND collection = ?",
                    pair.weight, pair.offset, pair.row, collection) == 0)
                return fail(ErrorCode::kNotFound, "a face does not exist any more");
        return {};
    });
}

Result<std::size_t> SqliteFaces::remove(CollectionKey collection, std::span<const std::uint64_t> rows) {
    return guarded(session_.connection, [&]() -> Result<std::size_t> {
        auto& connection = session_.connection;
        std::size_t removed = 0;
        for (const std::uint64_t row : rows)
            removed += run(connection, "DELETE FROM faces WHERE row = ? AND collection = ?", row, collection);
        if (removed > 0) {
            run(connection, "UPDATE collections SET faces = faces - ?, face_generation = ? WHERE key = ?",
                std::uint64_t{removed}, new_generation(), collection);
            session_.erased = true;
        }
        return removed;
    });
}

Result<void> SqliteFaces::set_user(CollectionKey collection, std::span<const std::uint64_t> rows,
                                   const std::optional<std::string>& user_id) {
    return guarded(session_.connection, [&]() -> Result<void> {
        auto& connection = session_.connection;
        std::optional<std::int64_t> user;
        if (user_id) {
            Query query(connection, "SELECT row FROM users WHERE collection = ? AND user_id = ?", collection,
                        *user_id);
            if (!query.step())
                return fail(ErrorCode::kNotFound, fmt::format("user `{}` does not exist", *user_id));
            user = query.integer(0);
        }
        // A face that leaves a user takes the person's last interaction along.
        for (const std::uint64_t row : rows)
            if (run(connection,
                    "UPDATE faces SET last_ms = max(last_ms, coalesce((SELECT last_ms FROM users WHERE "
                    "users.row = faces.user), 0)), user = ? WHERE row = ? AND collection = ?",
                    user, row, collection) == 0)
                return fail(ErrorCode::kNotFound, "a face does not exist any more");
        return {};
    });
}

}  // namespace visavis::store::sqlite
