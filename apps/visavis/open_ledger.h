// The ledger of a data directory.
#pragma once

#include <memory>

#include "base/error.h"
#include "config.h"
#include "data_directory.h"
#include "keys/seal.h"
#include "ledger/ledger.h"

namespace visavis::app {

/// Opens DATA/ledger and DATA/openings.db, or makes them at the first start. What goes wrong later while it
/// is published is logged. Errors: those of ledger::Ledger::open.
[[nodiscard]] Result<std::shared_ptr<ledger::Ledger>> open_ledger(const Config& config,
                                                                  const DataDirectory& data,
                                                                  const keys::SealKey& server_key);

}  // namespace visavis::app
