#include "engine/renew_normalisation.h"

#include "engine/collection_access.h"
#include "engine/unowned_collections.h"

namespace visavis::engine {
namespace {

constexpr std::size_t kBatch = 1024;

std::vector<store::NewNormalisation> renewed(const Engine& engine,
                                             const std::vector<store::StoredTemplate>& templates) {
    std::vector<store::NewNormalisation> pairs;
    for (const store::StoredTemplate& one : templates) {
        const match::Normalisation pair = engine.normalisation(one.vector);
        pairs.push_back({.row = one.row, .weight = pair.weight, .offset = pair.offset});
    }
    return pairs;
}

/// Of one kind of templates: `entity` gives the table of a transaction.
template <typename Entity>
Result<std::uint64_t> renew(Engine& engine, const store::Collection& collection, const Entity& entity) {
    std::uint64_t count = 0;
    for (std::uint64_t after = 0;;) {
        const auto page = engine.store()->read([&](const store::Transaction& now) {
            return entity(now).templates(collection.key, after, kBatch);
        });
        if (!page) return std::unexpected(page.error());
        if (page->empty()) return count;
        const auto pairs = renewed(engine, *page);
        const auto set = engine.store()->write([&](store::Transaction& change) {
            return entity(change).set_normalisation(collection.key, pairs);
        });
        if (!set) return std::unexpected(set.error());
        count += pairs.size();
        after = page->back().row;
    }
}

}  // namespace

Result<std::uint64_t> renew_normalisation(Engine& engine) {
    const auto collections = engine.store()->read(owned_collections);
    if (!collections) return std::unexpected(collections.error());
    std::uint64_t count = 0;
    for (const store::Collection& collection : *collections) {
        if (!of_this_model(engine, collection) || collection.normaliser == engine.normaliser_name()) continue;
        const auto faces = renew(engine, collection, [](auto& t) -> auto& { return t.faces(); });
        if (!faces) return faces;
        const auto users = renew(engine, collection, [](auto& t) -> auto& { return t.users(); });
        if (!users) return users;
        engine.galleries()->forget(collection);  // its index files hold the old numbers
        const auto told = engine.store()->write([&](store::Transaction& change) {
            return change.collections().set_normaliser(collection.key, engine.normaliser_name());
        });
        if (!told) return std::unexpected(told.error());
        count += *faces + *users;
    }
    return count;
}

}  // namespace visavis::engine
