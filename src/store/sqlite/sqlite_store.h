// The store on SQLite (docs/decisions says why): one file in WAL mode, one writer, many readers.
#pragma once

#include <memory>
#include <string>

#include "keys/seal.h"
#include "store/store.h"

namespace visavis::store::sqlite {

/// Opens the database, makes it if it is absent, and takes it to this program's schema. kInternal if it is
/// damaged, of a later program's schema, or was made under another server key; kUnavailable if it cannot be
/// written. The caller holds the directory's lock: no other process opens the file.
Result<std::unique_ptr<Store>> open(const std::string& file, const keys::SealKey& server_key);

}  // namespace visavis::store::sqlite
