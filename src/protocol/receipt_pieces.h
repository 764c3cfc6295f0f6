// What the routes about receipts share.
#pragma once

#include <string_view>

#include <boost/json.hpp>

#include "engine/governed.h"
#include "ledger/openings.h"
#include "protocol/router.h"

namespace visavis::protocol {

/// The route's `{index}`. kInvalidParameter.
[[nodiscard]] Result<std::uint64_t> receipt_index(const RouteCall& call);

/// As error_response(), with the status that clients of logs go by: 404 for what is not there, 503 with
/// Retry-After for what will be there by itself.
[[nodiscard]] server::Response receipt_failure(const Error& error, const RouteCall& call,
                                               std::string_view operation);

/// 503 with Retry-After, for everybody to read.
[[nodiscard]] server::Response not_yet(std::string message, const RouteCall& call,
                                       std::string_view operation);

/// Field, commitment, and salt and value unless it was erased.
[[nodiscard]] boost::json::object opening_json(const ledger::Opening& opening);

/// `body` with the receipt of the operation itself.
[[nodiscard]] server::Response answer_with_receipt(boost::json::object body, const engine::Call& called,
                                                   std::string_view operation);

}  // namespace visavis::protocol
