// What `visavis keys`, `roles` and `cases` share: one request to a running server, or to an engine in this
// process.
#pragma once

#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "base/error.h"
#include "place_options.h"

namespace visavis::app {

/// The answer's JSON object, or the error that the server names.
[[nodiscard]] Result<boost::json::object> ask_server(const PlaceOptions& place, std::string_view method,
                                                     std::string_view target,
                                                     const boost::json::object& body = {});

/// Prints the members of an object as aligned `name  value` lines; empty texts and lists are left out.
void print_members(const boost::json::object& object);

/// `48h`, `30m`, `7d`, `3600s` in seconds; kInvalidParameter otherwise.
[[nodiscard]] Result<std::int64_t> seconds_of(std::string_view text);

}  // namespace visavis::app
