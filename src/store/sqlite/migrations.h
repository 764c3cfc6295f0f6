// The schema's history: numbered steps, forward only. `PRAGMA user_version` holds the number of the last step
// that a file has seen. docs/formats/database.md describes where the steps lead.
#pragma once

#include <string_view>

#include "base/error.h"
#include "store/sqlite/connection.h"

namespace visavis::store::sqlite {

/// Number of steps, which is the version this program writes.
[[nodiscard]] int schema_version() noexcept;

/// Takes the file from its version to `to`, each step in a transaction of its own. kInternal if the file is
/// of a later version than this program knows.
Result<void> migrate(Connection& connection, int to = schema_version());

}  // namespace visavis::store::sqlite
