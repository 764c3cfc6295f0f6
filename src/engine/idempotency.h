// Rekognition's ClientRequestToken: the same token with the same parameters gives the same answer again and
// does nothing twice; with other parameters it is refused.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "engine/call.h"
#include "store/store.h"

namespace visavis::engine {

class Engine;
struct Record;

/// One request that may repeat.
struct Repeatable {
    std::string_view operation;
    std::optional<std::string> token;  ///< absent: nothing is remembered
    std::string parameters;            ///< every other parameter, in any fixed notation
};

/// Changes the store as change_store() does, unless this request was answered before. `change` gives the
/// answer in a form of the operation's choice; whoever repeats the request within eight hours gets the same
/// one. kIdempotentParameterMismatch in Amazon's words; otherwise errors of `change` and of the store.
[[nodiscard]] Result<Bytes> change_once(Engine& engine, const Call& call, Record& record,
                                        const Repeatable& request,
                                        const std::function<Result<Bytes>(store::Transaction&)>& change);

}  // namespace visavis::engine
