#include "engine/remove_erased.h"

#include <vector>

#include "engine/collection_access.h"
#include "engine/ledger_recorder.h"
#include "engine/remove_people.h"
#include "engine/unowned_collections.h"

namespace visavis::engine {
namespace {

constexpr std::size_t kPage = 4096;

Result<People> people_of(const store::Transaction& now, const store::Collection& collection,
                         std::span<const std::string> ids) {
    People people;
    const auto faces = now.faces().find(collection.key, ids);
    if (!faces) return std::unexpected(faces.error());
    for (const auto& face : *faces)
        if (face) people.faces.push_back(*face);
    for (const auto& id : ids) {
        const auto user = now.users().find(collection.key, id);
        if (!user) return std::unexpected(user.error());
        if (*user) people.users.push_back(**user);
    }
    return people;
}

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
    const std::set<std::string> once(ids.begin(), ids.end());
    const std::vector<std::string> distinct(once.begin(), once.end());
    const auto store = store_of(engine);
    if (!store) return std::unexpected(store.error());
    const auto gallery = gallery_for_removal(engine, collection);
    if (!gallery) return std::unexpected(gallery.error());
    const auto removed = (*store)->write([&](store::Transaction& change) -> Result<std::size_t> {
        const auto people = people_of(change, collection, distinct);
        if (!people) return std::unexpected(people.error());
        if (people->empty()) return 0;
        Record record;  // the callers' receipts say it
        const auto gone = remove_people(engine, collection, *gallery, *people, record, change);
        if (!gone) return std::unexpected(gone.error());
        return gone->faces + gone->users;
    });
    if (!removed || *removed == 0) return removed;
    if (auto done = settle(engine, collection, *gallery); !done) return std::unexpected(done.error());
    return removed;
}

Result<std::size_t> remove_erased(Engine& engine, const ledger::Ledger& ledger,
                                  const std::set<ledger::Hash>& tags) {
    if (tags.empty() || engine.store() == nullptr) return 0;
    const auto collections = engine.store()->read(owned_collections);
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
