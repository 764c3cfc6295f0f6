// The ledger of a data directory.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "config.h"
#include "data_directory.h"
#include "keys/seal.h"
#include "ledger/ledger.h"

namespace visavis::app {

using Trouble = std::function<void(const std::string& message)>;

/// Opens DATA/ledger and DATA/openings.db, or makes them at the first start. `on_trouble` is told what goes
/// wrong later while it is published. Errors: those of ledger::Ledger::open.
[[nodiscard]] Result<std::shared_ptr<ledger::Ledger>> open_ledger(const Config& config,
                                                                  const DataDirectory& data,
                                                                  const keys::SealKey& server_key,
                                                                  const Trouble& on_trouble);

}  // namespace visavis::app
