// Score normalisation is made from a template by the pack, and kept beside it. A pack whose normaliser
// changed under the same model version makes other numbers of the same templates; kept ones would then mix
// two scales in one answer.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "engine/engine.h"

namespace visavis::engine {

/// Makes the normalisation of all templates anew in collections of this model that another normaliser, or an
/// unknown one, made it for. To be called at start, before anything is served; what a crash interrupts is
/// done again. How many templates there were; errors of the store.
[[nodiscard]] Result<std::uint64_t> renew_normalisation(Engine& engine);

}  // namespace visavis::engine
