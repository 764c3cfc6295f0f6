// Faces and users with all that makes them the same in another collection.
#include <fmt/format.h>

#include "store/sqlite/tables.h"

namespace visavis::store::sqlite {
namespace {

TimePoint time_of(std::int64_t number) {
    return TimePoint(std::chrono::milliseconds(number));
}

}  // namespace

Result<std::vector<ArchivedFace>> SqliteFaces::archived(CollectionKey collection, std::uint64_t after,
                                                        std::size_t most) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<ArchivedFace>> {
        const auto keys = keys_of(session_, collection);
        if (!keys) return std::unexpected(keys.error());
        Query query(
            session_.connection,
            "SELECT f.row, f.face_id, f.image_id, f.external_id, f.box_left, f.box_top, f.box_width, "
            "f.box_height, f.confidence, u.user_id, f.ordinal, f.origin, f.template, f.weight, "
            "f.\"offset\", f.last_ms, f.case_id FROM faces f LEFT JOIN users u ON u.row = f.user WHERE "
            "f.collection = ? AND f.row > ? ORDER BY f.row LIMIT ?",
            collection, after, std::uint64_t{most});
        std::vector<ArchivedFace> found;
        while (query.step()) {
            auto vector = template_of_face(*keys, query.blob(1), query.blob(12), session_.connection.file());
            if (!vector) return std::unexpected(vector.error());
            found.push_back({.face = face_of(query),
                             .origin = query.blob(11),
                             .ordinal = static_cast<std::uint32_t>(query.integer(10)),
                             .last_interaction = time_of(query.integer(15)),
                             .case_id = query.optional_text(16),
                             .vector = std::move(*vector),
                             .weight = query.real(13),
                             .offset = query.real(14)});
        }
        return found;
    });
}

Result<void> SqliteFaces::add_archived(CollectionKey collection, std::span<const ArchivedFace> faces) {
    return guarded(session_.connection, [&]() -> Result<void> {
        const auto keys = keys_of(session_, collection);
        if (!keys) return std::unexpected(keys.error());
        for (const ArchivedFace& one : faces) {
            const auto row = insert_face(session_, *keys, collection,
                                         {.face_id = one.face.face_id,
                                          .image_id = one.face.image_id,
                                          .ordinal = one.ordinal,
                                          .box = one.face.box,
                                          .confidence = one.face.confidence,
                                          .vector = one.vector,
                                          .weight = one.weight,
                                          .offset = one.offset},
                                         {.origin = one.origin,
                                          .external_id = one.face.external_image_id,
                                          .last_interaction = one.last_interaction,
                                          .case_id = one.case_id});
            if (!row) return std::unexpected(row.error());
            if (!one.face.user_id) continue;
            if (const auto set = set_user(collection, std::span(&*row, 1), one.face.user_id); !set)
                return set;
        }
        count_added_faces(session_, collection, faces.size());
        return {};
    });
}

Result<std::vector<ArchivedUser>> SqliteUsers::archived(CollectionKey collection, std::uint64_t after,
                                                        std::size_t most) const {
    return guarded(session_.connection, [&]() -> Result<std::vector<ArchivedUser>> {
        const auto keys = keys_of(session_, collection);
        if (!keys) return std::unexpected(keys.error());
        Query query(
            session_.connection,
            "SELECT row, user_id, last_ms, case_id, template FROM users WHERE collection = ? AND row > ? "
            "ORDER BY row LIMIT ?",
            collection, after, std::uint64_t{most});
        std::vector<ArchivedUser> found;
        while (query.step()) {
            ArchivedUser user{.row = query.count(0),
                              .user_id = query.text(1),
                              .last_interaction = time_of(query.integer(2)),
                              .case_id = query.optional_text(3),
                              .fused = {}};
            if (!query.null(4)) {
                auto vector =
                    template_of_user(*keys, user.user_id, query.blob(4), session_.connection.file());
                if (!vector) return std::unexpected(vector.error());
                user.fused = FusedTemplate{.vector = std::move(*vector)};
            }
            found.push_back(std::move(user));
        }
        return found;
    });
}

Result<void> SqliteUsers::add_archived(CollectionKey collection, std::span<const ArchivedUser> users) {
    return guarded(session_.connection, [&]() -> Result<void> {
        for (const ArchivedUser& one : users) {
            const auto made = create(collection, one.user_id, one.last_interaction);
            if (!made) return std::unexpected(made.error());
            if (one.case_id)
                run(session_.connection, "UPDATE users SET case_id = ? WHERE row = ?", one.case_id,
                    made->row);
            if (!one.fused) continue;
            if (const auto set = set_template(collection, one.user_id, one.fused); !set)
                return std::unexpected(set.error());
        }
        return {};
    });
}

}  // namespace visavis::store::sqlite
