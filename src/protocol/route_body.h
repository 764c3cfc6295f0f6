// What our own routes share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "protocol/router.h"

namespace visavis::protocol {

/// A JSON object (an empty body counts as `{}`) whose members are among `known`. kSerialization, kValidation.
[[nodiscard]] Result<boost::json::object> object_of(const RouteCall& call,
                                                    std::initializer_list<std::string_view> known);

/// The member as a text, list of texts or whole number; empty or `otherwise` if absent. kValidation for
/// another type.
[[nodiscard]] Result<std::string> text_of(const boost::json::object& object, std::string_view name);
[[nodiscard]] Result<std::vector<std::string>> texts_of(const boost::json::object& object,
                                                        std::string_view name);
[[nodiscard]] Result<std::int64_t> number_of(const boost::json::object& object, std::string_view name,
                                             std::int64_t otherwise);

/// `2026-06-15T12:00:00Z`
[[nodiscard]] std::string time_text(TimePoint time);

/// The answer to a caller who is not at this machine, of a route that is for its operator alone:
/// kAccessDenied with this message, or what policy says against it. Leaves the refusal's receipt.
[[nodiscard]] server::Response refuse_far_caller(const RouteCall& call, const std::string& operation,
                                                 const std::string& message);

}  // namespace visavis::protocol
