// Collections of nobody: being imported, or deleted and not yet gone. No caller sees them.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "store/store.h"

namespace visavis::engine {

/// The account of those; no credential is of it.
inline constexpr std::string_view kNoAccount{};

/// All others, of every account: what has to do with collections that somebody can see.
[[nodiscard]] Result<std::vector<store::Collection>> owned_collections(const store::Transaction& now);

/// Removes one in steps, so that other writes wait for none but the step under way; nothing to do if it is
/// gone. Stops before its next step once `go_on` says false.
[[nodiscard]] Result<void> discard(store::Store& store, store::CollectionKey key,
                                   const std::function<bool()>& go_on = {});

/// Removes what deletions left that patience, an error or the end of the process cut short; the first error,
/// after all have been tried. Never an import's: that may be under way.
[[nodiscard]] Result<void> discard_deleted(store::Store& store, const std::function<bool()>& go_on = {});

/// What imports left becomes what a deletion left. To be called at start, before anything is served.
[[nodiscard]] Result<void> give_up_imports(store::Store& store);

}  // namespace visavis::engine
