// What a person said who looked at pairs of pictures.
#pragma once

#include <set>
#include <string>
#include <utility>

#include "base/error.h"

namespace visavis::audit {

/// A gallery without names may hold the probes themselves. Pairs that a person looked at and found to be the
/// same person; these are not false matches.
using SamePerson = std::set<std::pair<std::string, std::string>>;  // probe's file, gallery's file

/// Reads `probe,gallery,verdict`: rows whose verdict is `same`. Errors as CsvTable::read; kInvalidParameter
/// for a verdict other than `same`, `different` or empty.
[[nodiscard]] Result<SamePerson> read_verdicts(const std::string& path);

}  // namespace visavis::audit
