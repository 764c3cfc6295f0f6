// The tables of openings.db.
#pragma once

#include <string>

#include "base/error.h"

namespace visavis::ledger {

inline constexpr int kOpeningsBusyMilliseconds = 5000;

/// Makes the file (0600) if there is none, and brings its tables up to date. kInternal if it is of a newer
/// version; SQLite's exceptions.
[[nodiscard]] Result<void> prepare_openings_file(const std::string& path);

}  // namespace visavis::ledger
