// Collections that demand two persons before a result is acted on: AI Act 14(5).
#pragma once

#include <string>

#include "base/error.h"

namespace visavis::engine {

class Engine;

/// Whether the collection is tagged `visavis:two-persons`. One that is gone demands nothing any more. Errors
/// of the store. Thread-safe.
[[nodiscard]] Result<bool> wants_two_persons(const Engine& engine, const std::string& account,
                                             const std::string& collection);

}  // namespace visavis::engine
