// Whether the database agrees with itself and with the index files, for `visavis doctor`.
#pragma once

#include <string>

#include "base/error.h"
#include "config.h"

namespace visavis::app {

/// What was counted, in words. An error names the first problems. Takes the data directory's lock while it
/// looks; beside a running server, or where there is no database, it says so and looks no further. Index
/// files that are missing, stale or damaged are made anew from the database.
[[nodiscard]] Result<std::string> check_collections(const Config& config);

}  // namespace visavis::app
