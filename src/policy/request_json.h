// A Request in the words of the Cedar schema.
#pragma once

#include <map>
#include <string>

#include "base/error.h"
#include "policy/model.h"

namespace visavis::policy {

using Dates = std::map<std::string, std::string>;  ///< name → Cedar datetime, e.g. `2020-06-10`

/// JSON for visavis_cedar_authorise. kInvalidParameter for an unknown action or a name that check_name
/// refuses.
[[nodiscard]] Result<std::string> to_cedar_json(const Request& request, const Dates& dates);

}  // namespace visavis::policy
