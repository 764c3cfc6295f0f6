// A Client that speaks HTTP to a running server over its Unix socket.
#pragma once

#include <memory>
#include <string>

#include "client.h"

namespace visavis::app {

/// Whether a server answers on the socket: connects and says no more.
[[nodiscard]] bool server_listens(const std::string& socket);

/// A client of the server behind the socket, in `account` (empty: the default one); connects with its first
/// request. kUnavailable from its calls if the server cannot be reached or goes away in the middle.
[[nodiscard]] std::unique_ptr<Client> make_socket_client(std::string socket, std::string account);

}  // namespace visavis::app
