// The key under which everything else in the data directory is sealed: 32 random bytes in a file of mode
// 0600.
#pragma once

#include <string>

#include "base/error.h"
#include "keys/seal.h"

namespace visavis::keys {

/// The key in `file`. If there is no such file and `may_create`: a new key, durably written. kNotFound if it
/// is absent and may not be made, kInternal if it has another length or others may read it; each names the
/// file and says what to do.
[[nodiscard]] Result<SealKey> open_server_key(const std::string& file, bool may_create);

}  // namespace visavis::keys
