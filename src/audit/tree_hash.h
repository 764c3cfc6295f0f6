// Whether photographs and tables are still what they were: one hash over a file or a whole folder.
#pragma once

#include <string>

#include "base/digest.h"
#include "base/error.h"

namespace visavis::audit {

/// SHA-256 over the contents of the file `place`, or over names (relative to `place`) and contents of all
/// files below the folder `place`, in the order of their names. Follows no link to a folder. kNotFound if
/// something cannot be read.
[[nodiscard]] Result<Sha256> hash_of_tree(const std::string& place);

}  // namespace visavis::audit
