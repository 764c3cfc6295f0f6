// Cases in a SQLite file of their own.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "policy/cases.h"

namespace visavis::policy {

/// Opens or makes the file (0600) and brings its tables up to date. kUnavailable, naming the file, if that
/// fails; kInternal if a newer program made it.
[[nodiscard]] Result<std::unique_ptr<CaseRepository>> open_case_database(const std::string& path);

}  // namespace visavis::policy
