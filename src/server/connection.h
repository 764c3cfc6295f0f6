// One connection: its requests one after the other, each read, judged, handed to a pool, answered, logged.
#pragma once

#include <memory>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>

#include "server/core.h"

namespace visavis::server {

/// Serves an accepted socket until either side ends it; returns at once. The socket's executor must be a
/// strand. The seat is left when the connection has ended. `core` must outlive the socket's io_context run.
void serve(Core& core, TakenSeat seat, boost::asio::ip::tcp::socket socket);
void serve_tls(Core& core, TakenSeat seat, boost::asio::ip::tcp::socket socket,
               const std::shared_ptr<boost::asio::ssl::context>& tls);
void serve_local(Core& core, TakenSeat seat, boost::asio::local::stream_protocol::socket socket);

}  // namespace visavis::server
