// From settings to a running engine: model pack, pipeline, similarity scale.
#pragma once

#include <memory>

#include "base/error.h"
#include "config.h"
#include "data_directory.h"
#include "engine/engine.h"
#include "infer/model_pack.h"
#include "keys/seal.h"
#include "ledger/ledger.h"

namespace visavis::app {

/// The pack that the settings name. Its networks are not verified yet.
[[nodiscard]] Result<infer::ModelPack> pack_of(const Config& config);

/// The engine; thread-safe. `data` may be null: an engine without a data directory keeps nothing and compiles
/// its networks afresh. `ledger` takes its receipts; null: none are written. Verifies the pack's hashes,
/// names and shapes first. Errors: kNotFound (no such pack), kInternal naming the file that is not what the
/// pack's manifest says.
[[nodiscard]] Result<std::shared_ptr<engine::Engine>> open_engine(const Config& config,
                                                                  const DataDirectory* data,
                                                                  std::shared_ptr<ledger::Ledger> ledger,
                                                                  const keys::SealKey* server_key);

}  // namespace visavis::app
