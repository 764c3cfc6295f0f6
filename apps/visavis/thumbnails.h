// Matched faces as small pictures in a report, for the person who must judge them.
#pragma once

#include <vector>

#include "audit/false_matches.h"
#include "base/error.h"

namespace visavis::app {

/// Adds the faces of the first `matches` (at most 60) to `section`, side by side, 112 pixels square, as PNG
/// in `data:` URIs. Errors: those of reading and decoding the pictures again.
[[nodiscard]] Result<void> add_thumbnails(audit::Section& section, const std::vector<audit::Match>& matches,
                                          const audit::DataSet& probes, const audit::DataSet& gallery);

}  // namespace visavis::app
