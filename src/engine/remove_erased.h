// Takes persons out of a collection, whatever they are there: faces, users, faces of users.
#pragma once

#include <cstddef>
#include <set>
#include <span>
#include <string>

#include "base/error.h"
#include "ledger/ledger.h"
#include "store/collections.h"

namespace visavis::engine {

class Engine;

/// Removes the faces and users with these ids; users who lose a face get their template fused anew. Ids that
/// the collection does not have are no error. How many were removed. It asks no policy and leaves no receipt:
/// its callers do. Thread-safe. kUnavailable; errors of the store.
[[nodiscard]] Result<std::size_t> remove_persons(Engine& engine, const store::Collection& collection,
                                                 std::span<const std::string> ids);

/// The same for everybody whose keyed hash (ledger::Ledger::tag_of) is among `tags`, in every collection.
/// Looks at each face once: about a second for a million.
[[nodiscard]] Result<std::size_t> remove_erased(Engine& engine, const ledger::Ledger& ledger,
                                                const std::set<ledger::Hash>& tags);

}  // namespace visavis::engine
