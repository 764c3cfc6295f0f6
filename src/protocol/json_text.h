// JSON text as people and other JSON writers expect it: numbers in plain notation. Boost's own writer prints
// 80 as 8E1.
#pragma once

#include <string>

#include <boost/json.hpp>

namespace visavis::protocol {

/// Compact JSON; numbers in the shortest form that reads back equal. A number that JSON cannot express (NaN,
/// infinity) becomes null. Thread-safe.
[[nodiscard]] std::string json_text(const boost::json::value& value);

}  // namespace visavis::protocol
