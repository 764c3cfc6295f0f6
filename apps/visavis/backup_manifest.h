// What a backup says about itself (`backup.json`), and what a restore leaves to be done at the next start
// (`DATA/restore.pending`).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"

namespace visavis::app {

inline constexpr const char* kManifestName = "backup.json";
inline constexpr const char* kPendingName = "restore.pending";

struct BackupManifest {
    std::string time;        ///< when it was begun, UTC
    std::string software;    ///< version that made it
    std::uint64_t since{};   ///< receipts that were published then: later erasures are not in it
    std::uint64_t ledger{};  ///< receipts in its copy of the log
};

struct PendingRestore {
    bool copied{};     ///< false: files are still being put in place
    bool keeps_log{};  ///< the log that was there goes on; false: the backup's
    BackupManifest backup;
};

/// kNotFound if there is none, kInternal if it is damaged.
[[nodiscard]] Result<BackupManifest> read_manifest(const std::string& backup);
[[nodiscard]] Result<void> write_manifest(const std::string& backup, const BackupManifest& manifest);

/// Nothing if no restore is under way; kInternal if the file is damaged.
[[nodiscard]] Result<std::optional<PendingRestore>> read_pending(const std::string& data);
[[nodiscard]] Result<void> write_pending(const std::string& data, const PendingRestore& pending);
[[nodiscard]] Result<void> remove_pending(const std::string& data);

}  // namespace visavis::app
