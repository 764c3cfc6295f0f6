// What the published tests found, to stand beside what an audit finds. Each figure stands here once.
#pragma once

#include "audit/report.h"

namespace visavis::audit {

/// The ACLU's test (July 2018) and Comparitech's (May 2020) of Rekognition at its default cut of 80. Columns:
/// test, falsely matched, who was searched, where.
[[nodiscard]] Table published_false_matches();

/// Gender Shades (Buolamwini and Gebru, 2018) and Actionable Auditing (Raji and Buolamwini, 2019). Columns:
/// source, system, all, worst group, best group.
[[nodiscard]] Table published_gender_errors();

}  // namespace visavis::audit
