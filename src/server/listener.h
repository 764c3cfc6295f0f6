// Sockets that listen: TCP addresses and the Unix socket.
#pragma once

#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <sys/types.h>

#include "base/error.h"

namespace visavis::server {

/// The addresses that `address` (`host:port`, see ServerOptions::listen) stands for. kInvalidParameter if it
/// cannot be read or resolved, or lies beyond loopback while `beyond_loopback` is false.
[[nodiscard]] Result<std::vector<boost::asio::ip::tcp::endpoint>> resolve_listener(const std::string& address,
                                                                                   bool beyond_loopback);

/// Listens on every address of `address`, each acceptor on a strand of its own. Errors of
/// resolve_listener; kUnavailable if it cannot be bound.
[[nodiscard]] Result<std::vector<boost::asio::ip::tcp::acceptor>> listen_on_tcp(boost::asio::io_context& io,
                                                                                const std::string& address,
                                                                                bool beyond_loopback);

/// The Unix socket of one server. Not thread-safe.
class LocalListener {
  public:
    /// Listens at `path` with mode 0600. kInvalidParameter if the path is too long or taken by something that
    /// is no socket; kUnavailable if a server answers there or it cannot be bound.
    [[nodiscard]] static Result<LocalListener> open(boost::asio::io_context& io, const std::string& path);

    [[nodiscard]] boost::asio::local::stream_protocol::acceptor& acceptor() noexcept { return acceptor_; }

    /// Removes the file, if it still is the one that open() made.
    void remove() const noexcept;

  private:
    LocalListener(boost::asio::local::stream_protocol::acceptor acceptor, std::string path);

    boost::asio::local::stream_protocol::acceptor acceptor_;
    std::string path_;
    dev_t device_{0};
    ino_t inode_{0};
};

/// Whether the process at the other end of a connected Unix socket runs as this process's user or as root.
[[nodiscard]] bool peer_is_owner(int socket) noexcept;

}  // namespace visavis::server
