#include "engine/remove_persons.h"

#include <map>
#include <vector>

#include "engine/collection_access.h"
#include "engine/ledger_recorder.h"
#include "engine/user_template.h"

namespace visavis::engine {
namespace {

constexpr std::size_t kPage = 4096;

/// In one transaction.
class Removal {
  public:
    Removal(const Engine& engine, const store::Collection& collection, store::Transaction& change)
        : engine_(engine), collection_(collection), change_(change) {}

    Result<std::size_t> run(std::span<const std::string> ids) {
        for (const auto& id : ids)
            if (auto done = remove_user(id); !done) return std::unexpected(done.error());
        const auto faces = change_.faces().find(collection_.key, ids);
        if (!faces) return std::unexpected(faces.error());
        std::map<std::string, std::vector<std::uint64_t>> of_users;
        std::set<std::uint64_t> rows;
        for (const auto& face : *faces)
            if (face && rows.insert(face->row).second && face->user_id)
                of_users[*face->user_id].push_back(face->row);
        for (const auto& [user, theirs] : of_users)
            if (auto done = change_.faces().set_user(collection_.key, theirs, std::nullopt); !done)
                return std::unexpected(done.error());
        templates_.faces.removed.assign(rows.begin(), rows.end());
        if (auto gone = change_.faces().remove(collection_.key, templates_.faces.removed); !gone)
            return std::unexpected(gone.error());
        for (const auto& [user, theirs] : of_users)
            if (auto done = refresh(user); !done) return std::unexpected(done.error());
        return removed_ + rows.size();
    }
    [[nodiscard]] GalleryChange take() { return std::move(templates_); }

  private:
    Result<void> remove_user(const std::string& id) {
        const auto user = change_.users().find(collection_.key, id);
        if (!user) return std::unexpected(user.error());
        if (!*user) return {};
        if (auto gone = change_.users().remove(collection_.key, id); !gone) return gone;
        if ((*user)->template_row) templates_.users.removed.push_back(*(*user)->template_row);
        ++removed_;
        return {};
    }
    Result<void> refresh(const std::string& id) {
        const auto user = change_.users().find(collection_.key, id);
        if (!user) return std::unexpected(user.error());
        if (!*user) return {};
        if (of_this_model(engine_, collection_)) {
            if (auto fused = refresh_user_template(engine_, collection_, **user, change_, templates_); !fused)
                return std::unexpected(fused.error());
            return {};
        }
        // Another model's template cannot be fused here; it must not keep what was erased.
        if ((*user)->template_row) templates_.users.removed.push_back(*(*user)->template_row);
        if (auto none = change_.users().set_template(collection_.key, id, std::nullopt); !none)
            return std::unexpected(none.error());
        return {};
    }

    const Engine& engine_;
    const store::Collection& collection_;
    store::Transaction& change_;
    GalleryChange templates_;
    std::size_t removed_{};
};

/// Ids of the collection's faces and users whose keyed hash is among `tags`.
Result<std::vector<std::string>> erased_in(const store::Transaction& now, const store::Collection& collection,
                                           const ledger::Ledger& ledger, const std::set<ledger::Hash>& tags) {
    std::vector<std::string> ids;
    const Caller owner{.account = collection.account};
    const auto look_at = [&](const std::string& id) {
        if (tags.contains(ledger.tag_of(subject_of(owner, collection.id, id)))) ids.push_back(id);
    };
    for (std::uint64_t after = 0;;) {
        const auto faces = now.faces().list(collection.key, {}, after, kPage);
        if (!faces) return std::unexpected(faces.error());
        if (faces->empty()) break;
        for (const auto& face : *faces) look_at(face.face_id);
        after = faces->back().row;
    }
    for (std::uint64_t after = 0;;) {
        const auto users = now.users().list(collection.key, after, kPage);
        if (!users) return std::unexpected(users.error());
        if (users->empty()) break;
        for (const auto& user : *users) look_at(user.user_id);
        after = users->back().row;
    }
    return ids;
}

}  // namespace

Result<std::size_t> remove_persons(Engine& engine, const store::Collection& collection,
                                   std::span<const std::string> ids) {
    const auto store = store_of(engine);
    if (!store) return std::unexpected(store.error());
    const auto gallery = gallery_for_removal(engine, collection);
    if (!gallery) return std::unexpected(gallery.error());
    const auto removed = (*store)->write([&](store::Transaction& change) -> Result<std::size_t> {
        Removal removal(engine, collection, change);
        const auto count = removal.run(ids);
        if (!count || *count == 0) return count;
        if (auto noted = follow(*gallery, collection, removal.take(), change); !noted)
            return std::unexpected(noted.error());
        return count;
    });
    if (!removed || *removed == 0) return removed;
    if (auto done = settle(engine, collection, *gallery); !done) return std::unexpected(done.error());
    return removed;
}

Result<std::size_t> remove_erased(Engine& engine, const ledger::Ledger& ledger,
                                  const std::set<ledger::Hash>& tags) {
    if (tags.empty() || engine.store() == nullptr) return 0;
    const auto collections =
        engine.store()->read([](const store::Transaction& now) { return now.collections().all(); });
    if (!collections) return std::unexpected(collections.error());
    std::size_t count = 0;
    for (const auto& collection : *collections) {
        const auto ids = engine.store()->read(
            [&](const store::Transaction& now) { return erased_in(now, collection, ledger, tags); });
        if (!ids) return std::unexpected(ids.error());
        if (ids->empty()) continue;
        const auto removed = remove_persons(engine, collection, *ids);
        if (!removed) return removed;
        count += *removed;
    }
    return count;
}

}  // namespace visavis::engine
