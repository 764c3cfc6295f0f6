#include "engine/user_template.h"

#include "base/limits.h"
#include "match/fusion.h"

namespace visavis::engine {

Result<store::User> refresh_user_template(const Engine& engine, const store::Collection& collection,
                                          const store::User& user, store::Transaction& transaction,
                                          GalleryChange& change) {
    const auto faces = transaction.faces().list(collection.key, {.user_id = user.user_id, .face_ids = {}}, 0,
                                                limits::kFacesPerUser);
    if (!faces) return std::unexpected(faces.error());
    if (user.template_row) change.users.removed.push_back(*user.template_row);
    if (faces->empty()) return transaction.users().set_template(collection.key, user.user_id, std::nullopt);

    std::vector<std::uint64_t> rows;
    for (const store::Face& face : *faces) rows.push_back(face.row);
    const auto templates = transaction.faces().templates_of(collection.key, rows);
    if (!templates) return std::unexpected(templates.error());
    std::vector<std::span<const float>> vectors;
    for (const store::StoredTemplate& one : *templates) vectors.emplace_back(one.vector);
    store::FusedTemplate fused{.vector = match::fuse(vectors)};
    const match::Normalisation pair = engine.normalisation(fused.vector);
    fused.weight = pair.weight;
    fused.offset = pair.offset;
    auto kept = transaction.users().set_template(collection.key, user.user_id, fused);
    if (!kept) return kept;
    change.users.added.push_back({.row = kept->template_row.value_or(0),
                                  .vector = std::move(fused.vector),
                                  .weight = fused.weight,
                                  .offset = fused.offset});
    return kept;
}

}  // namespace visavis::engine
