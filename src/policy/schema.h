// The Cedar schema: the types policies are checked against before they are used.
#pragma once

#include <string>

namespace visavis::policy {

/// In Cedar's schema language; the actions come from actions.h.
[[nodiscard]] const std::string& cedar_schema();

}  // namespace visavis::policy
