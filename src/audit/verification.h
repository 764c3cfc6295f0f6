// One-to-one comparison, measured: false match and false non-match rates, by group, at thresholds and as DET
// curves.
#pragma once

#include <string>
#include <vector>

#include "audit/comparer.h"
#include "audit/report.h"
#include "audit/trials.h"

namespace visavis::audit {

struct Verification {
    std::vector<Section> sections;
    std::vector<std::string> methods;
    std::vector<std::string> limits;
};

/// Mated: different photographs of one person, at most ten pairs a person; a picture without a face is a
/// non-match. Non-mated: one picture of each person, every pair, within a group and across groups. Errors:
/// those of the comparer.
[[nodiscard]] Result<Verification> verification(const DataSet& set, Comparer& comparer, const Method& method);

}  // namespace visavis::audit
