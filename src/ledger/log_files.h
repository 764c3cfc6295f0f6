// The files of a log's directory: writing tiles, checkpoint and keys so that a crash leaves a whole log.
#pragma once

#include <optional>
#include <span>
#include <string>

#include <sys/types.h>

#include "base/error.h"
#include "base/file.h"
#include "ledger/checkpoint.h"
#include "ledger/tree_builder.h"

namespace visavis::ledger {

/// Takes the directory's lock, for as long as the descriptor lives. kConflict if another process holds it.
[[nodiscard]] Result<FileDescriptor> lock_directory(const std::string& directory);

/// Writes the files durably: temporary file, sync, rename, then a sync of each directory once. kUnavailable,
/// with the system's reason, if that fails; tiles written before stay and do no harm.
[[nodiscard]] Result<void> write_tiles(const std::string& directory, std::span<const TileFile> files,
                                       mode_t mode = 0644);

/// Removes the partial files of tiles that are complete: their full files must be durable. Errors are not of
/// interest: a file that stays is only a waste.
void remove_partials_of(const std::string& directory, std::span<const TileFile> complete);

[[nodiscard]] Result<void> write_checkpoint(const std::string& directory, const Note& note);

/// The directory's signing key; kNotFound if there is none, kInternal if it is damaged or others may read it.
[[nodiscard]] Result<SigningKey> read_key(const std::string& directory);
/// Writes `key` (0600) and `log.vkey`, and removes `key.next`.
[[nodiscard]] Result<void> write_key(const std::string& directory, const SigningKey& key);

/// A rotation under way: the key that takes over if the log's entry `index` has this leaf hash, and only
/// then.
struct NextKey {
    std::uint64_t index{};
    Hash leaf{};
    SigningKey key;
};

/// Nothing if no rotation is under way; errors as read_key.
[[nodiscard]] Result<std::optional<NextKey>> read_next_key(const std::string& directory);
[[nodiscard]] Result<void> write_next_key(const std::string& directory, const NextKey& next);

}  // namespace visavis::ledger
