// Between Beast's messages and the plain structs of handler.h.
#pragma once

#include <chrono>
#include <string>

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/clock.h"
#include "server/handler.h"

namespace visavis::server {

/// Method, target and headers of a parsed head.
[[nodiscard]] Request head_of(const boost::beast::http::request_header<>& parsed);

/// Whether the framing leaves no doubt where the request ends: a Transfer-Encoding, where there is one, is
/// `chunked` and nothing else. (Beast itself refuses it together with Content-Length, and lengths that
/// differ.)
[[nodiscard]] bool clearly_framed(const boost::beast::http::request_header<>& parsed);

/// Whether a response can go onto the wire: a final status, headers without line breaks.
[[nodiscard]] bool sendable(const Response& response);

using WireResponse = boost::beast::http::response<boost::beast::http::string_body>;

/// The response as it is sent: with the server's own headers; body left out where the request was HEAD.
[[nodiscard]] WireResponse to_wire(Response response, const std::string& request_id, TimePoint now,
                                   unsigned version, bool keep_alive, bool head_only);

}  // namespace visavis::server
