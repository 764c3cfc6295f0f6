// Rekognition's ClientRequestToken: the same token with the same parameters gives the same answer again and
// does nothing twice; with other parameters it is refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "engine/call.h"
#include "store/store.h"

namespace visavis::engine {

class Engine;

/// One request that may repeat.
struct Repeatable {
    std::string_view operation;
    std::optional<std::string> token;  ///< absent: nothing is remembered
    std::string parameters;            ///< every other parameter, in any fixed notation
};

/// The answer given before, or nothing if this request is new. kIdempotentParameterMismatch in Amazon's
/// words.
[[nodiscard]] Result<std::optional<Bytes>> answered_before(const Caller& caller, const Repeatable& request,
                                                           const store::Transaction& now);

/// Remembers the answer for eight hours, in the transaction of the change; forgets what is older.
[[nodiscard]] Result<void> remember_answer(const Engine& engine, const Caller& caller,
                                           const Repeatable& request, ByteView answer,
                                           store::Transaction& change);

}  // namespace visavis::engine
