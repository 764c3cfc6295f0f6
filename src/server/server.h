// An HTTP/1.1 server, with and without TLS, on TCP and on a Unix socket, for one Handler.
//
//     auto server = Server::create(options, handler, metrics);
//     if (!server) …                       // the address is taken, the key is not readable, …
//     (*server)->run();                    // until SIGTERM
//
// A few I/O threads read and write (one coroutine a connection); `workers` threads call the handler. What
// happens at each limit is told in docs/server.md.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/error.h"
#include "server/handler.h"
#include "server/metrics.h"
#include "server/options.h"

namespace visavis::server {

class Server {
  public:
    /// Whether create() could take these options, without binding anything, so that one can know before
    /// anything is made. kInvalidParameter: options that contradict each other, an address that cannot be
    /// read, a listener beyond loopback without TLS, a certificate or key that cannot be used.
    [[nodiscard]] static Result<void> check(const ServerOptions& options);

    /// Binds and listens; connections wait in the system's backlog until run(). Errors of check();
    /// kUnavailable: an address or socket that cannot be bound, e.g.
    /// because another server has it. `handler` and `metrics` must outlive the server.
    [[nodiscard]] static Result<std::unique_ptr<Server>> create(ServerOptions options, Handler& handler,
                                                                Metrics& metrics);

    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    /// Serves until stop() or a signal, then stops gracefully: takes no more connections, closes idle ones,
    /// finishes requests in flight within drain_timeout, answers those still waiting then with kStopping,
    /// cuts what is left, and comes back when the handler's last call has ended (a call cannot be
    /// interrupted). Once only.
    void run();

    /// Makes run() stop. From any thread, once or more, also before run().
    void stop();

    /// What SIGHUP does. From any thread.
    void hang_up();

    /// The ports bound, in the order of ServerOptions::listen (a name with two addresses has two).
    [[nodiscard]] std::vector<std::uint16_t> ports() const;

  private:
    class Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace visavis::server
