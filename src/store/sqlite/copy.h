// A consistent copy of a database that others write meanwhile.
#pragma once

#include <string>

#include "base/error.h"

namespace visavis::store::sqlite {

/// Whether the file begins as every SQLite database does.
[[nodiscard]] bool is_database(const std::string& file);

/// Copies the state of one moment, pages as they are, to a new file of mode 0600; writers in this and other
/// processes go on. kAlreadyExists if `to` is there; kUnavailable or kInternal as the store's functions.
[[nodiscard]] Result<void> copy_database(const std::string& from, const std::string& to);

}  // namespace visavis::store::sqlite
