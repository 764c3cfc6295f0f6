#include "engine/unowned_collections.h"

namespace visavis::engine {
namespace {

constexpr std::size_t kAll = 1'000'000;
constexpr std::size_t kStep = 1'000;  // faces removed in one transaction

}  // namespace

Result<void> discard(store::Store& store, store::CollectionKey key) {
    for (;;) {
        const auto removed =
            store.write([&](store::Transaction& change) { return change.collections().empty(key, kStep); });
        if (!removed) return std::unexpected(removed.error());
        if (*removed == 0) break;
    }
    return store.write([&](store::Transaction& change) { return change.collections().remove(key); });
}

Result<std::size_t> discard_unowned(store::Store& store) {
    const auto collections = store.read(
        [](const store::Transaction& now) { return now.collections().list(kNoAccount, {}, kAll); });
    if (!collections) return std::unexpected(collections.error());
    for (const store::Collection& collection : *collections)
        if (const auto gone = discard(store, collection.key); !gone) return std::unexpected(gone.error());
    return collections->size();
}

}  // namespace visavis::engine
