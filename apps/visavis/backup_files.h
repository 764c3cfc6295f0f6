// Which files of a data directory a backup holds, and copying them.
#pragma once

#include <filesystem>
#include <vector>

#include "base/error.h"

namespace visavis::app {

/// Files of a data directory or backup, below it, in order of name: without the ledger, locks, sockets, what
/// can be made anew, and what only says how far a backup or restore has come. kNotFound.
[[nodiscard]] Result<std::vector<std::filesystem::path>> files_of(const std::filesystem::path& root);

/// Copies one file, a database as of one moment; its folder is made if need be. What has its own name
/// afterwards is whole.
[[nodiscard]] Result<void> copy_one(const std::filesystem::path& from, const std::filesystem::path& to);

/// `server.key` or `credentials`: only copied when asked for.
[[nodiscard]] bool is_secret(const std::filesystem::path& name);

}  // namespace visavis::app
