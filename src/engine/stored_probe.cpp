#include "engine/stored_probe.h"

#include <fmt/format.h>

namespace visavis::engine {
namespace {

/// `read` gives the templates behind a row, the nearest first; asked only if the index has none of that row.
template <typename Read>
Result<std::optional<StoredProbe>> probe_of(const match::Index& index, std::uint64_t row, const Read& read) {
    if (auto indexed = index.find(row)) return StoredProbe{.stored = std::move(*indexed), .itself = {row}};
    auto stored = read(row);
    if (!stored) return std::unexpected(stored.error());
    if (stored->empty() || stored->front().row != row) return std::nullopt;
    store::StoredTemplate& found = stored->front();
    return StoredProbe{.stored = {.vector = std::move(found.vector),
                                  .normalisation = {.weight = found.weight, .offset = found.offset}},
                       .itself = {row}};
}

}  // namespace

Result<StoredProbe> face_probe(const Engine& engine, const Gallery& gallery,
                               const store::Collection& collection, const std::string& face_id) {
    auto probe =
        engine.store()->read([&](const store::Transaction& now) -> Result<std::optional<StoredProbe>> {
            const auto found = now.faces().find(collection.key, std::vector{face_id});
            if (!found) return std::unexpected(found.error());
            if (!found->front()) return std::nullopt;
            return probe_of(gallery.faces(), found->front()->row, [&](std::uint64_t row) {
                return now.faces().templates(collection.key, row - 1, 1);
            });
        });
    if (!probe) return std::unexpected(probe.error());
    if (!*probe) return fail(ErrorCode::kNotFound, "faceId was not found in the collection.");
    return std::move(**probe);
}

Result<std::optional<StoredProbe>> user_probe(const Engine& engine, const Gallery& gallery,
                                              const store::Collection& collection,
                                              const std::string& user_id) {
    return engine.store()->read([&](const store::Transaction& now) -> Result<std::optional<StoredProbe>> {
        const auto user = now.users().find(collection.key, user_id);
        if (!user) return std::unexpected(user.error());
        if (!*user) return fail(ErrorCode::kNotFound, fmt::format("The user id: {} does not exist", user_id));
        if (!(*user)->template_row) return std::nullopt;
        return probe_of(gallery.users(), *(*user)->template_row,
                        [&](std::uint64_t row) { return now.users().templates(collection.key, row - 1, 1); });
    });
}

}  // namespace visavis::engine
