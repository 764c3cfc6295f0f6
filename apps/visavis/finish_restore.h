// The last steps of `visavis restore`, which need server key and models: done by whatever opens the data
// directory next, before anything is served.
#pragma once

#include <string>

#include "base/error.h"
#include "engine/engine.h"
#include "ledger/ledger.h"

namespace visavis::app {

/// kConflict, saying what to do, while the files of a restore are not all in place.
[[nodiscard]] Result<void> check_no_half_restore(const std::string& data);

/// If a restore is to be finished: removes everybody who was erased since the backup was made, and appends
/// the entry `Restored`. Repeatable after a crash.
[[nodiscard]] Result<void> finish_restore(const std::string& data, engine::Engine& engine,
                                          ledger::Ledger& ledger);

}  // namespace visavis::app
