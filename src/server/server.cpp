#include "server/server.h"

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <fmt/format.h>

#include "server/connection.h"
#include "server/core.h"
#include "server/listener.h"
#include "server/process_metrics.h"
#include "server/tls.h"

namespace visavis::server {
namespace net = boost::asio;
using boost::system::error_code;
using Steady = std::chrono::steady_clock;

namespace {

constexpr auto kTuple = net::as_tuple(net::use_awaitable);
constexpr std::chrono::milliseconds kAcceptPause{100};  // when the system has no descriptor left to give
constexpr std::chrono::milliseconds kLastWords{500};    // between telling waiting requests and cutting them

Result<void> check_settings(const ServerOptions& options) {
    if (options.listen.empty() && options.unix_socket.empty())
        return fail(ErrorCode::kInvalidParameter,
                    "nothing to listen on: neither an address nor a Unix socket");
    if (options.tls_certificate.empty() != options.tls_key.empty())
        return fail(ErrorCode::kInvalidParameter,
                    "TLS needs a certificate and a key; only one of them was given");
    if (options.workers < 1 || options.quick_threads < 1 || options.io_threads < 1)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("the numbers of threads must be at least 1; got {} workers, {} quick, {} I/O",
                                options.workers, options.quick_threads, options.io_threads));
    return {};
}

std::string shown(const net::ip::tcp::endpoint& endpoint) {
    const std::string address = endpoint.address().to_string();
    return fmt::format(fmt::runtime(endpoint.address().is_v6() ? "[{}]:{}" : "{}:{}"), address,
                       endpoint.port());
}

}  // namespace

class Server::Impl {
  public:
    Impl(ServerOptions options, Handler& handler, Metrics& metrics)
        : core_(std::make_shared<Core>(std::move(options), handler, metrics)), signals_(io_) {}

    Result<void> open() {
        const ServerOptions& options = core_->options;
        if (!options.tls_certificate.empty()) {
            auto tls = make_tls(options.tls_certificate, options.tls_key);
            if (!tls) return std::unexpected(tls.error());
            tls_ = std::move(*tls);
        }
        for (const std::string& address : options.listen) {
            auto opened = listen_on_tcp(io_, address, tls_ != nullptr || options.tls_at_proxy);
            if (!opened) return std::unexpected(opened.error());
            for (auto& acceptor : *opened) {
                ports_.push_back(acceptor.local_endpoint().port());
                tcp_.push_back(std::move(acceptor));
            }
        }
        if (!options.unix_socket.empty()) {
            auto opened = LocalListener::open(io_, options.unix_socket);
            if (!opened) return std::unexpected(opened.error());
            local_.emplace(std::move(*opened));
        }
        register_gauges();
        register_process_metrics(core_->metrics);
        return {};
    }

    void run() {
        if (core_->options.signals) {
            for (const int signal : {SIGTERM, SIGINT, SIGHUP}) signals_.add(signal);
            (void)std::signal(SIGPIPE, SIG_IGN);  // whoever read the log may go; requests go on
            wait_for_signal();
        }
        auto alive = net::make_work_guard(io_);
        std::vector<std::jthread> threads;
        for (int i = 0; i < core_->options.io_threads; ++i) threads.emplace_back([this] { io_.run(); });
        for (auto& acceptor : tcp_) {
            core_->tell("listening",
                        {{"address", shown(acceptor.local_endpoint())}, {"tls", tls_ ? "yes" : "no"}});
            net::co_spawn(acceptor.get_executor(), accept(acceptor), net::detached);
        }
        if (local_) {
            core_->tell("listening", {{"address", core_->options.unix_socket}});
            net::co_spawn(local_->acceptor().get_executor(), accept(local_->acceptor()), net::detached);
        }

        wait_for_stop();
        core_->tell("stopping", {{"connections", std::to_string(core_->connections.count())}});
        drain();
        alive.reset();
        io_.stop();
        threads.clear();
        core_->tell("stopped");
    }

    void stop() {
        {
            const std::scoped_lock lock(mutex_);
            stop_ = true;
        }
        asked_.notify_all();
    }

    void hang_up() {
        {
            const std::scoped_lock lock(mutex_);
            hang_up_ = true;
        }
        asked_.notify_all();
    }

    [[nodiscard]] std::vector<std::uint16_t> ports() const { return ports_; }

    ~Impl() {
        if (local_) local_->remove();
        // Workers end while everything they refer to is alive.
        core_->workers.join();
        core_->quick.join();
    }

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

  private:
    // The gauges must stay callable as long as the registry lives, which is longer than the server.
    void register_gauges() {
        const auto show = [this](std::string_view name, std::string_view help, auto read) {
            core_->metrics.gauge(name, help, {}, [weak = std::weak_ptr(core_), read] {
                const auto core = weak.lock();
                return core ? static_cast<double>(read(*core)) : 0.0;
            });
        };
        show("visavis_connections", "Open connections.",
             [](const Core& core) { return core.connections.count(); });
        show("visavis_queue_depth", "Requests waiting for a worker.",
             [](const Core& core) { return core.workers.waiting(); });
        show("visavis_queue_capacity", "Requests that may wait for a worker.",
             [](const Core& core) { return core.options.limits.queued; });
        show("visavis_requests_in_flight", "Requests that workers and quick threads answer right now.",
             [](const Core& core) { return core.workers.running() + core.quick.running(); });
        show("visavis_workers", "Worker threads.", [](const Core& core) { return core.options.workers; });
        show("visavis_body_bytes_in_flight", "Bytes of request bodies in memory.",
             [](const Core& core) { return core.budget.used(); });
    }

    template <typename Acceptor>
    net::awaitable<void> accept(Acceptor& acceptor) {
        constexpr bool kLocal = std::is_same_v<Acceptor, net::local::stream_protocol::acceptor>;
        while (acceptor.is_open()) {
            auto [ec, socket] = co_await acceptor.async_accept(net::make_strand(io_), kTuple);
            if (ec == net::error::operation_aborted || ec == net::error::bad_descriptor) co_return;
            if (ec) {
                if (ec == net::error::connection_aborted) continue;
                core_->tell("accept_failed", {{"reason", ec.message()}});
                net::steady_timer pause(co_await net::this_coro::executor, kAcceptPause);
                co_await pause.async_wait(kTuple);
                continue;
            }
            core_->instruments.connections_total.add();
            if constexpr (kLocal) {
                if (!peer_is_owner(socket.native_handle())) {
                    core_->tell("local_peer_refused");
                    continue;
                }
            }
            auto seat = core_->connections.enter(kLocal);
            if (!seat) {
                core_->instruments.connections_cut.add();
                continue;
            }
            if constexpr (kLocal) {
                serve_local(*core_, std::move(*seat), std::move(socket));
            } else {
                error_code ignored;
                socket.set_option(net::ip::tcp::no_delay(true), ignored);
                const auto tls = current_tls();
                if (tls)
                    serve_tls(*core_, std::move(*seat), std::move(socket), tls);
                else
                    serve(*core_, std::move(*seat), std::move(socket));
            }
        }
    }

    std::shared_ptr<net::ssl::context> current_tls() {
        const std::scoped_lock lock(mutex_);
        return tls_;
    }

    void wait_for_signal() {
        signals_.async_wait([this](const error_code& ec, int signal) {
            if (ec) return;
            if (signal == SIGHUP) {
                hang_up();
            } else {
                // A worker may hang in a call that nobody can interrupt; what is written is crash-safe.
                if (signalled_) std::_Exit(128 + signal);
                signalled_ = true;
                stop();
            }
            wait_for_signal();
        });
    }

    void wait_for_stop() {
        std::unique_lock lock(mutex_);
        for (;;) {
            asked_.wait(lock, [this] { return stop_ || hang_up_; });
            if (stop_) return;
            hang_up_ = false;
            lock.unlock();
            reload();
            lock.lock();
        }
    }

    void reload() {
        const ServerOptions& options = core_->options;
        if (!options.tls_certificate.empty()) {
            auto tls = make_tls(options.tls_certificate, options.tls_key);
            if (tls) {
                const std::scoped_lock lock(mutex_);
                tls_ = std::move(*tls);
                core_->tell("tls_reloaded");
            } else {
                core_->tell("tls_kept", {{"reason", tls.error().message}});
            }
        }
        if (options.on_hangup) options.on_hangup();
    }

    void drain() {
        const auto deadline = Steady::now() + core_->options.limits.drain_timeout;
        core_->stopping = true;
        const auto close = [&](auto& acceptor) {
            net::post(acceptor.get_executor(), [&acceptor] {
                error_code closing;
                acceptor.close(closing);
            });
        };
        for (auto& acceptor : tcp_) close(acceptor);
        if (local_) {
            local_->remove();
            close(local_->acceptor());
        }
        core_->connections.finish_all();
        if (!core_->connections.wait_until_empty(deadline)) {
            core_->tell("drain_timeout", {{"connections", std::to_string(core_->connections.count())}});
            core_->workers.abandon();
            core_->quick.abandon();
            if (!core_->connections.wait_until_empty(Steady::now() + kLastWords))
                core_->connections.cut_all();
        }
        core_->connections.wait_until_empty();
        core_->workers.join();
        core_->quick.join();
    }

    std::shared_ptr<Core> core_;
    net::io_context io_;
    net::signal_set signals_;
    bool signalled_{false};  // used by the signal handler only, which never runs twice at once
    std::vector<net::ip::tcp::acceptor> tcp_;
    std::optional<LocalListener> local_;
    std::vector<std::uint16_t> ports_;

    std::mutex mutex_;
    std::condition_variable asked_;
    std::shared_ptr<net::ssl::context> tls_;  // guarded by mutex_ once run() has begun
    bool stop_{false};                        // guarded by mutex_
    bool hang_up_{false};                     // guarded by mutex_
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() = default;

Result<void> Server::check(const ServerOptions& options) {
    if (auto checked = check_settings(options); !checked) return checked;
    const bool tls = !options.tls_certificate.empty();
    if (tls)
        if (auto made = make_tls(options.tls_certificate, options.tls_key); !made)
            return std::unexpected(made.error());
    for (const std::string& address : options.listen)
        if (auto found = resolve_listener(address, tls || options.tls_at_proxy); !found)
            return std::unexpected(found.error());
    return {};
}

Result<std::unique_ptr<Server>> Server::create(ServerOptions options, Handler& handler, Metrics& metrics) {
    if (auto checked = check_settings(options); !checked) return std::unexpected(checked.error());
    auto impl = std::make_unique<Impl>(std::move(options), handler, metrics);
    if (auto opened = impl->open(); !opened) return std::unexpected(opened.error());
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

void Server::run() {
    impl_->run();
}

void Server::stop() {
    impl_->stop();
}

void Server::hang_up() {
    impl_->hang_up();
}

std::vector<std::uint16_t> Server::ports() const {
    return impl_->ports();
}

}  // namespace visavis::server
