// For the tests of this layer: a handler whose answers tell what it was given, the real server around it on a
// port of its own, and a client that speaks in raw bytes, so that it can misbehave.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "server/server.h"

namespace visavis::server {

using namespace std::chrono_literals;

/// POST /echo gives the body back; /wait answers when the gate opens; /throw throws; /broken gives a header
/// with a line break; GET /quick is quick. Rejections are JSON with the reason.
class TestHandler : public Handler {
  public:
    Response handle(const Request& request) override {
        ++calls;
        const std::string_view path = request.path();
        if (path == "/wait") {
            std::unique_lock lock(mutex_);
            ++waiting_;
            changed_.notify_all();
            changed_.wait(lock, [this] { return open_; });
            --waiting_;
        }
        if (path == "/throw") throw std::runtime_error("secret words");
        Response out;
        out.operation = "Test";
        out.outcome = "ok";
        out.headers = {{"X-Local", request.local ? "yes" : "no"}, {"X-Remote", request.remote_address}};
        if (path == "/broken") out.headers.push_back({"X-Broken", "a\r\nX-Injected: b"});
        out.body = path == "/echo" ? request.body : fmt::format("{{\"bytes\":{}}}", request.body.size());
        return out;
    }

    Response reject(const Rejection& rejection) override {
        const bool broken = rejection.reason == RejectionReason::kInternal;
        return {broken ? 500 : 400,
                "application/x-amz-json-1.1",
                {},
                fmt::format(R"({{"__type":"{}","message":"{}"}})", name(rejection.reason), rejection.message),
                "Test",
                std::string(name(rejection.reason))};
    }

    bool quick(const Request& head) const override { return head.path() == "/quick"; }
    bool ready() const override { return is_ready; }

    /// Waits until so many requests are at the gate.
    void wait_for(int count) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, 20s, [&] { return waiting_ >= count; }))
            throw std::runtime_error("no request came to the gate");
    }

    void open_gate() {
        const std::scoped_lock lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }

    std::atomic<int> calls{0};
    std::atomic<bool> is_ready{true};

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int waiting_{0};    // guarded by mutex_
    bool open_{false};  // guarded by mutex_
};

/// Options for a test: a port the system chooses, short times, no signals.
inline ServerOptions test_options() {
    ServerOptions out;
    out.listen = {"127.0.0.1:0"};
    out.signals = false;
    out.limits.header_timeout = 5s;
    out.limits.body_timeout = 5s;
    out.limits.idle_timeout = 5s;
    out.limits.linger_timeout = 200ms;
    out.limits.drain_timeout = 5s;
    return out;
}

/// The real server, serving from construction to stop().
class RunningServer {
  public:
    explicit RunningServer(ServerOptions options = test_options()) {
        auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(log_);
        auto logger = std::make_shared<spdlog::logger>("test", sink);
        logger->set_pattern("%v");
        options.log = logger;
        auto made = Server::create(std::move(options), handler, metrics);
        if (!made) throw std::runtime_error(made.error().message);
        server_ = std::move(*made);
        thread_ = std::jthread([this] { server_->run(); });
    }
    RunningServer(const RunningServer&) = delete;
    RunningServer& operator=(const RunningServer&) = delete;
    ~RunningServer() {
        handler.open_gate();
        stop();
    }

    [[nodiscard]] std::uint16_t port() const { return server_->ports().at(0); }
    [[nodiscard]] Server& server() { return *server_; }

    /// Stops and waits until run() is over.
    void stop() {
        server_->stop();
        join();
    }
    void join() {
        if (thread_.joinable()) thread_.join();
    }

    /// What was logged; after stop() only.
    [[nodiscard]] std::string log() const { return log_.str(); }

    TestHandler handler;
    Metrics metrics;

  private:
    std::ostringstream log_;
    std::unique_ptr<Server> server_;
    std::jthread thread_;
};

struct Answer {
    int status{0};
    std::string head;  // status line and headers
    std::string body;

    [[nodiscard]] bool has(std::string_view part) const { return head.contains(part); }

    /// Empty if there is no such header.
    [[nodiscard]] std::string header(std::string_view name) const {
        const std::size_t at = head.find(fmt::format("\r\n{}: ", name));
        if (at == std::string::npos) return {};
        const std::size_t from = at + name.size() + 4;
        return head.substr(from, head.find("\r\n", from) - from);
    }
};

/// One connection. Every read ends after 20 s at the latest.
class Client {
  public:
    explicit Client(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }

    explicit Client(const std::string& path) : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }

    virtual ~Client() = default;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// False if the server does not take it any more.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = write_some(bytes);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    bool send_request(std::string_view path, std::string_view body = {}, std::string_view headers = {},
                      std::string_view method = "POST") {
        return send(fmt::format("{} {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n{}\r\n{}", method, path,
                                body.size(), headers, body));
    }

    /// The next response; nothing if the connection ends before it is whole. `head_only` as after HEAD.
    std::optional<Answer> receive(bool head_only = false) {
        std::size_t end = 0;
        while ((end = read_.find("\r\n\r\n")) == std::string::npos)
            if (!more()) return std::nullopt;
        Answer out;
        out.head = read_.substr(0, end + 2);
        read_.erase(0, end + 4);
        out.status = std::stoi(out.head.substr(9, 3));
        const std::string length = out.header("Content-Length");
        if (out.status == 100 || head_only || length.empty()) return out;
        const std::size_t size = std::stoul(length);
        while (read_.size() < size)
            if (!more()) return std::nullopt;
        out.body = read_.substr(0, size);
        read_.erase(0, size);
        return out;
    }

    std::optional<Answer> ask(std::string_view path, std::string_view body = {},
                              std::string_view headers = {}, std::string_view method = "POST") {
        if (!send_request(path, body, headers, method)) return std::nullopt;
        return receive(method == "HEAD");
    }

    /// Whether the connection ends, in order, without another byte; false on a reset or after 20 s.
    bool ended() {
        while (read_.empty())
            if (!more()) return last_ == 0;
        return false;
    }

    /// Ends our side only.
    void finish_sending() { shutdown(fd_.get(), SHUT_WR); }
    void close() { fd_ = FileDescriptor(); }
    [[nodiscard]] int fd() const { return fd_.get(); }

  protected:
    virtual ssize_t write_some(std::string_view bytes) {
        return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    virtual ssize_t read_some(char* to, std::size_t size) { return recv(fd_.get(), to, size, 0); }

  private:
    void connect_to(const sockaddr* address, socklen_t size) {
        const timeval limit{20, 0};
        setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (!fd_ || connect(fd_.get(), address, size) != 0) throw std::runtime_error("cannot connect");
    }

    bool more() {
        std::string part(16384, '\0');
        last_ = read_some(part.data(), part.size());
        if (last_ <= 0) return false;
        read_.append(part, 0, static_cast<std::size_t>(last_));
        return true;
    }

    FileDescriptor fd_;
    std::string read_;
    ssize_t last_{1};
};

/// Waits until `condition` holds; false after 20 s.
template <typename Condition>
bool eventually(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(2ms);
    }
    return true;
}

/// The value of a series without labels in the text of the registry.
inline double value_of(const Metrics& metrics, std::string_view series) {
    const std::string text = metrics.text();
    const std::string wanted = fmt::format("\n{} ", series);
    const std::size_t at = text.find(wanted);
    return at == std::string::npos ? -1 : std::stod(text.substr(at + wanted.size()));
}

}  // namespace visavis::server
