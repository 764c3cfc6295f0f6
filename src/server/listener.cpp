#include "server/listener.h"

#include <algorithm>
#include <utility>

#include <boost/asio.hpp>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace visavis::server {
namespace net = boost::asio;
using tcp = net::ip::tcp;
using local = net::local::stream_protocol;
using boost::system::error_code;

namespace {

struct HostAndPort {
    std::string host;
    std::string port;
};

Result<HostAndPort> split(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    HostAndPort out;
    if (colon != std::string::npos) {
        out.host = address.substr(0, colon);
        out.port = address.substr(colon + 1);
        if (out.host.size() > 2 && out.host.front() == '[' && out.host.back() == ']')
            out.host = out.host.substr(1, out.host.size() - 2);
        else if (out.host.contains(':'))
            out.host.clear();
    }
    const bool digits = !out.port.empty() && out.port.size() <= 5 &&
                        std::ranges::all_of(out.port, [](char c) { return c >= '0' && c <= '9'; });
    if (out.host.empty() || !digits || std::stoi(out.port) > 65535)
        return fail(
            ErrorCode::kInvalidParameter,
            fmt::format("cannot listen on `{}`: expected host:port, e.g. `127.0.0.1:8080` or `[::1]:8080`",
                        address));
    return out;
}

Result<void> refuse_beyond_loopback(const std::string& address, const tcp::endpoint& endpoint) {
    if (endpoint.address().is_loopback()) return {};
    return fail(
        ErrorCode::kInvalidParameter,
        fmt::format("`{}` can be reached from other machines, so it needs TLS (--tls-cert, --tls-key), or "
                    "--tls-at-proxy if a proxy in front does TLS",
                    address));
}

}  // namespace

Result<std::vector<tcp::endpoint>> resolve_listener(const std::string& address, bool beyond_loopback) {
    const auto parts = split(address);
    if (!parts) return std::unexpected(parts.error());
    error_code ec;
    net::io_context io;
    tcp::resolver resolver(io);
    const auto found = resolver.resolve(parts->host, parts->port, tcp::resolver::passive, ec);
    if (ec)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("cannot listen on `{}`: {}", address, ec.message()));
    std::vector<tcp::endpoint> endpoints(found.begin(), found.end());
    for (const tcp::endpoint& endpoint : endpoints)
        if (!beyond_loopback)
            if (auto allowed = refuse_beyond_loopback(address, endpoint); !allowed)
                return std::unexpected(allowed.error());
    return endpoints;
}

Result<std::vector<tcp::acceptor>> listen_on_tcp(net::io_context& io, const std::string& address,
                                                 bool beyond_loopback) {
    const auto endpoints = resolve_listener(address, beyond_loopback);
    if (!endpoints) return std::unexpected(endpoints.error());
    error_code ec;
    std::vector<tcp::acceptor> out;
    for (const tcp::endpoint& endpoint : *endpoints) {
        tcp::acceptor acceptor(net::make_strand(io));
        if (acceptor.open(endpoint.protocol(), ec)) continue;  // e.g. no IPv6 on this machine
        (void)acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
        if (endpoint.protocol() == tcp::v6()) (void)acceptor.set_option(net::ip::v6_only(true), ec);
        (void)acceptor.bind(endpoint, ec);
        if (!ec) (void)acceptor.listen(net::socket_base::max_listen_connections, ec);
        if (ec)
            return fail(ErrorCode::kUnavailable,
                        fmt::format("cannot listen on `{}`: {}", address, ec.message()));
        out.push_back(std::move(acceptor));
    }
    if (out.empty())
        return fail(ErrorCode::kUnavailable, fmt::format("cannot listen on `{}`: {}", address, ec.message()));
    return out;
}

LocalListener::LocalListener(local::acceptor acceptor, std::string path)
    : acceptor_(std::move(acceptor)), path_(std::move(path)) {
    struct stat status{};
    if (lstat(path_.c_str(), &status) == 0) {
        device_ = status.st_dev;
        inode_ = status.st_ino;
    }
}

Result<LocalListener> LocalListener::open(net::io_context& io, const std::string& path) {
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("the path of the Unix socket has {} bytes, the system takes at most {}: `{}`",
                                path.size(), sizeof(sockaddr_un::sun_path) - 1, path));
    const local::endpoint endpoint(path);
    error_code ec;
    struct stat status{};
    if (lstat(path.c_str(), &status) == 0) {
        if (!S_ISSOCK(status.st_mode))
            return fail(ErrorCode::kInvalidParameter,
                        fmt::format("`{}` is in the way of the Unix socket and is no socket", path));
        local::socket probe(io);
        (void)probe.connect(endpoint, ec);
        if (!ec) return fail(ErrorCode::kUnavailable, fmt::format("another server listens on `{}`", path));
        unlink(path.c_str());
    }
    local::acceptor acceptor(net::make_strand(io));
    (void)acceptor.open(endpoint.protocol(), ec);
    if (!ec) (void)acceptor.bind(endpoint, ec);
    // Nobody can connect between bind and listen, so the mode is set before anybody could.
    if (!ec && chmod(path.c_str(), 0600) != 0) ec.assign(errno, boost::system::system_category());
    if (!ec) (void)acceptor.listen(net::socket_base::max_listen_connections, ec);
    if (ec)
        return fail(ErrorCode::kUnavailable, fmt::format("cannot listen on `{}`: {}", path, ec.message()));
    return LocalListener(std::move(acceptor), path);
}

void LocalListener::remove() const noexcept {
    struct stat status{};
    if (lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_)
        unlink(path_.c_str());
}

bool peer_is_owner(int socket) noexcept {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
    return peer.uid == geteuid() || peer.uid == 0;
}

}  // namespace visavis::server
