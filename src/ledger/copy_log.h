// A whole copy of a log that another process may be writing: for backups.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "keys/seal.h"
#include "ledger/checkpoint.h"

namespace visavis::ledger {

struct LogCopy {
    Checkpoint checkpoint;
    std::uint64_t size{};  ///< entries of the copy: those of the checkpoint and what the journal held beyond
    std::string key;       ///< the private key's file, which the copy does not have
    std::optional<std::string> next_key;  ///< the same of a rotation under way
};

/// Copies journal, tiles and checkpoint as they belong together, without the private key. The copy holds
/// everything that was acknowledged before the call. kUnavailable if files changed too fast to get hold of,
/// or cannot be written; otherwise errors of reading.
[[nodiscard]] Result<LogCopy> copy_log(const std::string& from, const std::string& to);

/// Puts the private key beside the copy, as `key` (0600), or sealed under the server key, as `key.sealed`.
[[nodiscard]] Result<void> write_copied_key(const LogCopy& copy, const std::string& to,
                                            const keys::SealKey* server_key);

/// Opens a sealed private key where the open one is missing: a restored backup. Nothing if there is none.
/// kInternal if it was sealed under another server key.
[[nodiscard]] Result<void> unseal_key(const std::string& directory, const keys::SealKey& server_key);

}  // namespace visavis::ledger
