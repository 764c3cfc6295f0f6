// Whether the database agrees with itself and with the index files, for `visavis doctor`.
#pragma once

#include <string>

#include "base/error.h"
#include "config.h"

namespace visavis::app {

/// What was counted, in words; where there is no database, that. An error names the first problems. Takes the
/// data directory's lock while it looks: kUnavailable beside a running server. Index files that are missing,
/// stale or damaged are made anew from the database.
[[nodiscard]] Result<std::string> check_collections(const Config& config);

}  // namespace visavis::app
