// The JSON of a request's body, read within bounds.
#pragma once

#include <string_view>

#include <boost/json.hpp>

#include "base/error.h"

namespace visavis::protocol {

/// The object; an empty body counts as `{}`. kSerialization if the body is no JSON, no object, nested deeper
/// than 16 levels, or would take far more memory than its text: `[0,0,0,…]` takes twelve times as much.
/// Thread-safe.
[[nodiscard]] Result<boost::json::object> request_json(std::string_view body);

}  // namespace visavis::protocol
