// Whom the quality filter refuses: a filter that turns away one group more than another is a differential of
// its own.
#pragma once

#include <vector>

#include "audit/report.h"

namespace visavis::audit {

/// By group, worst first: pictures without a face, and faces that LOW, MEDIUM and HIGH refuse, with the
/// reasons.
[[nodiscard]] std::vector<Section> quality(const DataSet& set);

}  // namespace visavis::audit
