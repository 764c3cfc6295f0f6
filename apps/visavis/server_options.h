// From settings to what the server is to listen on.
#pragma once

#include "config.h"
#include "server/options.h"

namespace visavis::app {

/// server::Server::check() says whether they fit together.
[[nodiscard]] server::ServerOptions server_options(const Config& config);

}  // namespace visavis::app
