// The server's side of TLS.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "base/error.h"

namespace visavis::server {

/// TLS 1.2 and 1.3 with this certificate chain and private key (PEM files). kInvalidParameter, naming the
/// file and OpenSSL's reason, if one cannot be read or they do not belong together.
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> make_tls(const std::string& certificate,
                                                                          const std::string& key);

}  // namespace visavis::server
