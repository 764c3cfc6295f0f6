// How the server listens and where its limits lie. Every default is finite and comes from base/limits.h;
// tests inject smaller ones.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <spdlog/fwd.h>

#include "base/limits.h"

namespace visavis::server {

struct ServerLimits {
    std::size_t header_bytes{limits::kRequestHeaderBytes};
    std::size_t body_bytes{limits::kRequestBodyBytes};             ///< over TCP
    std::size_t local_body_bytes{limits::kLocalRequestBodyBytes};  ///< over the Unix socket
    std::size_t body_bytes_in_flight{limits::kBodyBytesInFlight};  ///< of all requests together
    std::size_t refused_body_bytes{limits::kRefusedBodyBytes};     ///< drained before the connection is cut
    std::size_t connections{limits::kConnections};                 ///< over TCP
    std::size_t local_connections{limits::kLocalConnections};
    std::size_t refused_connections{limits::kRefusedConnections};  ///< told that there are too many
    std::size_t queued{limits::kQueuedRequests};                   ///< waiting for a worker
    std::size_t quick_queued{limits::kQueuedQuickRequests};        ///< waiting for a quick thread

    std::chrono::milliseconds header_timeout{limits::kHeaderTimeout};  ///< first byte to end of head; TLS
                                                                       ///< handshake; first byte at all
    std::chrono::milliseconds body_timeout{limits::kBodyTimeout};      ///< end of head to end of body
    std::chrono::milliseconds idle_timeout{limits::kIdleTimeout};      ///< between requests
    std::chrono::milliseconds write_timeout{limits::kWriteTimeout};    ///< one response
    std::chrono::milliseconds linger_timeout{limits::kLingerTimeout};  ///< client's close after the last one
    std::chrono::milliseconds drain_timeout{limits::kDrainTimeout};    ///< stop to the last response
};

struct ServerOptions {
    /// Each `host:port`; `[::1]:8080` for IPv6; a name listens on all its addresses; port 0 lets the system
    /// choose. May be empty where there is a Unix socket.
    std::vector<std::string> listen{"127.0.0.1:8080"};

    /// Path of the Unix socket, at most 107 bytes; empty: none. Made with mode 0600; only this process's user
    /// and root get an answer. A socket left behind by a dead server is replaced, a living one is not.
    std::string unix_socket;

    /// PEM files, both or neither. With them every TCP listener speaks TLS 1.2 or 1.3 and nothing else. They
    /// are read again at SIGHUP.
    std::string tls_certificate;
    std::string tls_key;

    /// Listen beyond loopback without TLS, because a proxy in front does it.
    bool tls_at_proxy{false};

    /// Answer `/metrics` to peers that are neither on loopback nor on the Unix socket.
    bool remote_metrics{false};

    int workers{1};        ///< threads that call Handler::handle
    int quick_threads{2};  ///< threads for what Handler::quick chose
    int io_threads{2};     ///< threads that read and write

    /// SIGTERM and SIGINT stop, a second one ends the process at once with 128 + signal; SIGHUP re-reads
    /// the TLS files and calls on_hangup. SIGPIPE is ignored.
    bool signals{true};

    /// Called on the thread that is in Server::run, never twice at once; may block.
    std::function<void()> on_hangup;

    /// Where lines go (log.h); null: nowhere.
    std::shared_ptr<spdlog::logger> log;

    ServerLimits limits;
};

}  // namespace visavis::server
