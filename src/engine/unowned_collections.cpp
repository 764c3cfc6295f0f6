#include "engine/unowned_collections.h"

namespace visavis::engine {
namespace {

constexpr std::size_t kAll = 1'000'000;
constexpr std::size_t kStep = 1'000;  // faces removed in one transaction

/// Those of nobody of which `wanted` is true.
Result<void> discard_each(store::Store& store, const std::function<bool()>& go_on,
                          const std::function<bool(const store::Collection&)>& wanted) {
    const auto collections = store.read(
        [](const store::Transaction& now) { return now.collections().list(kNoAccount, {}, kAll); });
    if (!collections) return std::unexpected(collections.error());
    Result<void> result;
    for (const store::Collection& collection : *collections)
        if (wanted(collection))
            if (const auto gone = discard(store, collection.key, go_on); !gone && result) result = gone;
    return result;
}

}  // namespace

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

// A deleted collection has its uid for an id; an import's is another.
Result<void> discard_deleted(store::Store& store, const std::function<bool()>& go_on) {
    return discard_each(store, go_on, [](const store::Collection& one) { return one.id == one.uid; });
}

Result<void> discard_unowned(store::Store& store) {
    return discard_each(store, {}, [](const store::Collection& /*one*/) { return true; });
}

}  // namespace visavis::engine
