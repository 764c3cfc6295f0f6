// Collections of nobody: being imported, or deleted and not yet gone. No caller sees them.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/error.h"
#include "store/store.h"

namespace visavis::engine {

/// The account of those; no credential is of it.
inline constexpr std::string_view kNoAccount{};

/// Removes one in steps, so that other writes wait for none but the step under way. kNotFound if it is gone;
/// what an error leaves goes at the next start.
[[nodiscard]] Result<void> discard(store::Store& store, store::CollectionKey key);

/// Removes what an import or a deletion left that did not end, because the machine or the process did. To be
/// called at start. How many there were.
[[nodiscard]] Result<std::size_t> discard_unowned(store::Store& store);

}  // namespace visavis::engine
