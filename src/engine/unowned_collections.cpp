#include "engine/unowned_collections.h"

namespace visavis::engine {
namespace {

constexpr std::size_t kAll = 1'000'000;
constexpr std::size_t kStep = 1'000;  // faces removed in one transaction

Result<std::vector<store::Collection>> unowned(const store::Transaction& now) {
    return now.collections().list(kNoAccount, {}, kAll);
}

/// A deleted collection has its uid for an id; an import's is another.
bool deleted(const store::Collection& collection) {
    return collection.id == collection.uid;
}

}  // namespace

Result<std::vector<store::Collection>> owned_collections(const store::Transaction& now) {
    auto all = now.collections().all();
    if (all) std::erase_if(*all, [](const store::Collection& one) { return one.account == kNoAccount; });
    return all;
}

Result<void> discard(store::Store& store, store::CollectionKey key, const std::function<bool()>& go_on) {
    for (;;) {
        if (go_on && !go_on()) return {};
        const auto removed =
            store.write([&](store::Transaction& change) { return change.collections().empty(key, kStep); });
        if (!removed) return std::unexpected(removed.error());
        if (*removed == 0) break;
    }
    auto gone = store.write([&](store::Transaction& change) { return change.collections().remove(key); });
    if (!gone && gone.error().code == ErrorCode::kNotFound) return {};
    return gone;
}

Result<void> discard_deleted(store::Store& store, const std::function<bool()>& go_on) {
    const auto collections = store.read(unowned);
    if (!collections) return std::unexpected(collections.error());
    Result<void> result;
    for (const store::Collection& collection : *collections)
        if (deleted(collection))
            if (const auto gone = discard(store, collection.key, go_on); !gone && result) result = gone;
    return result;
}

Result<void> give_up_imports(store::Store& store) {
    return store.write([](store::Transaction& change) -> Result<void> {
        const auto collections = unowned(change);
        if (!collections) return std::unexpected(collections.error());
        for (const store::Collection& collection : *collections)
            if (!deleted(collection))
                if (const auto given =
                        change.collections().hand_to(collection.key, kNoAccount, collection.uid);
                    !given)
                    return std::unexpected(given.error());
        return {};
    });
}

}  // namespace visavis::engine
