#include "server/connection.h"

#include <chrono>
#include <exception>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>
#include <spdlog/logger.h>

#include "base/random.h"
#include "server/builtin.h"
#include "server/deadline.h"
#include "server/log.h"
#include "server/message.h"
#include "server/run_on.h"

namespace visavis::server {
namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

namespace {

// One type for TCP and Unix sockets: everything below is compiled for each stream type anew.
using PlainStream = net::generic::stream_protocol::socket;
using TlsStream = net::ssl::stream<PlainStream>;
using Parser = http::request_parser<http::buffer_body>;
using Steady = std::chrono::steady_clock;

constexpr auto kTuple = net::as_tuple(net::use_awaitable);
constexpr std::size_t kReadStep = 64UL * 1024;
constexpr std::size_t kLingerBytes = 64UL * 1024;  // more than this after the last response is not waited for

// A body larger than this is refused before it is read when the queue is full; a smaller one costs less to
// read than a new connection would.
constexpr std::size_t kSmallBody = kReadStep;

struct Refusal {
    RejectionReason reason{RejectionReason::kInternal};
    std::string message;
};

// How a connection ends.
enum class Ending : std::uint8_t {
    kAtOnce,  // idle, gone or broken: nothing is owed to the client
    kLinger,  // the last response is sent: wait for the client to close
    kDrain,   // refused before the body was read: throw the body away so that the refusal arrives
};

// Where a request comes from.
struct Peer {
    std::string address;  // empty: Unix socket
    bool local{false};    // Unix socket
    bool this_machine{false};
};

// One request and what is needed to answer it.
struct Exchange {
    explicit Exchange(BodyBudget& budget) : share(budget) {}

    Request request;
    BodyBudget::Share share;
    Steady::time_point start{Steady::now()};
    unsigned version{11};
    bool keep_alive{false};
};

double seconds_since(Steady::time_point start) {
    return std::chrono::duration<double>(Steady::now() - start).count();
}

template <typename Stream>
class HttpConnection final : public Connection, public std::enable_shared_from_this<HttpConnection<Stream>> {
  public:
    static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

    HttpConnection(Core& core, TakenSeat seat, Stream stream, Peer peer)
        : seat_(std::move(seat)),
          core_(core),
          limits_(core.options.limits),
          peer_(std::move(peer)),
          stream_(std::move(stream)),
          strand_(stream_.get_executor()),
          deadline_(strand_),
          buffer_(limits_.header_bytes + kReadStep) {}

    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;
    ~HttpConnection() override { core_.connections.remove(this); }

    void start() {
        core_.connections.add(this->shared_from_this());
        net::co_spawn(
            strand_, [self = this->shared_from_this()] { return self->run(); },
            [self = this->shared_from_this()](const std::exception_ptr& failure) {
                if (failure) self->core_.tell("connection_failed");
            });
    }

    void finish() override {
        net::post(strand_, [self = this->shared_from_this()] {
            if (self->idle_) self->arm(std::chrono::milliseconds(0));
        });
    }

    void cut() override {
        net::post(strand_, [self = this->shared_from_this()] {
            error_code ignored;
            self->socket().close(ignored);
        });
    }

    // Called by deadline_.
    void expire() {
        error_code ignored;
        socket().cancel(ignored);
    }

  private:
    auto& socket() noexcept {
        if constexpr (kTls)
            return stream_.next_layer();
        else
            return stream_;
    }

    void arm(std::chrono::milliseconds time) { deadline_.arm(time, this->shared_from_this()); }

    net::awaitable<void> run() {
        bool again = true;
        if constexpr (kTls) {
            idle_ = true;
            arm(limits_.header_timeout);
            const auto [ec] = co_await stream_.async_handshake(net::ssl::stream_base::server, kTuple);
            deadline_.disarm();
            idle_ = false;
            again = !ec;
        }
        while (again) again = co_await exchange();
        co_await close();
    }

    // One request from its first byte to its answer. Whether another may follow.
    net::awaitable<bool> exchange() {
        const bool begun = co_await first_byte();
        if (!begun) co_return false;
        Exchange exchange(core_.budget);
        exchange.request.request_id = random_uuid();
        exchange.request.remote_address = peer_.address;
        exchange.request.local = peer_.local;

        Parser parser;
        parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
        parser.body_limit(boost::none);
        arm(limits_.header_timeout);
        const auto [ec, size] = co_await http::async_read_header(stream_, buffer_, parser, kTuple);
        deadline_.disarm();
        exchange.request.arrival = core_.clock.now();
        if (ec) {
            const std::optional<Refusal> refusal = why(ec, "request line and headers");
            if (!refusal) co_return false;
            ending_ = refusal->reason == RejectionReason::kTimeout ? Ending::kLinger : Ending::kDrain;
            co_return co_await answer(exchange, refused(exchange, *refusal, false), false);
        }
        read_head(parser, exchange);

        WorkQueue* const pool = pool_for(exchange.request);
        std::optional<Refusal> refusal = judge(parser, pool);
        if (refusal) {
            ending_ = Ending::kDrain;
            co_return co_await answer(exchange, refused(exchange, *refusal, true), false);
        }
        if (!parser.is_done()) {
            refusal = co_await read_body(parser, exchange);
            if (refusal) {
                if (ending_ == Ending::kAtOnce) co_return false;
                co_return co_await answer(exchange, refused(exchange, *refusal, true), false);
            }
        }
        ++served_;
        ending_ = Ending::kLinger;
        Response response = co_await respond(exchange, pool);
        co_return co_await answer(exchange, std::move(response), exchange.keep_alive);
    }

    // Waits for a request to begin. False: there will be none.
    net::awaitable<bool> first_byte() {
        ending_ = Ending::kAtOnce;
        if (core_.stopping) co_return false;
        if (buffer_.size() > 0) co_return true;
        idle_ = true;
        arm(served_ == 0 ? limits_.header_timeout : limits_.idle_timeout);
        const auto [ec, size] = co_await stream_.async_read_some(buffer_.prepare(kReadStep), kTuple);
        deadline_.disarm();
        idle_ = false;
        if (ec) co_return false;
        buffer_.commit(size);
        co_return true;
    }

    // What a failed read means for the client; nothing if it is gone.
    std::optional<Refusal> why(const error_code& ec, std::string_view what) const {
        static const auto& http_errors = http::make_error_code(http::error::end_of_stream).category();
        if (deadline_.expired())
            return Refusal{RejectionReason::kTimeout, fmt::format("the {} came too slowly", what)};
        if (ec == http::error::header_limit || ec == http::error::buffer_overflow)
            return Refusal{
                RejectionReason::kHeaderTooLarge,
                fmt::format("the request line and headers have more than {} bytes", limits_.header_bytes)};
        if (ec == http::error::partial_message)
            return Refusal{RejectionReason::kMalformed, fmt::format("the {} ended too early", what)};
        if (ec == http::error::end_of_stream || ec.category() != http_errors) return std::nullopt;
        return Refusal{RejectionReason::kMalformed,
                       fmt::format("the {} cannot be read: {}", what, ec.message())};
    }

    static void read_head(const Parser& parser, Exchange& exchange) {
        Request head = head_of(parser.get().base());
        exchange.request.method = std::move(head.method);
        exchange.request.target = std::move(head.target);
        exchange.request.headers = std::move(head.headers);
        exchange.version = parser.get().version();
        exchange.keep_alive = parser.get().keep_alive();
    }

    std::size_t body_limit() const noexcept {
        return peer_.local ? limits_.local_body_bytes : limits_.body_bytes;
    }

    Refusal too_large() const {
        return {RejectionReason::kBodyTooLarge, fmt::format("the body has more than {} bytes", body_limit())};
    }

    // Null for what is answered without a pool.
    WorkQueue* pool_for(const Request& head) const {
        if (health(core_, head)) return nullptr;
        return asks_for_metrics(head) || core_.handler.quick(head) ? &core_.quick : &core_.workers;
    }

    // Whether the head alone is reason enough to refuse.
    std::optional<Refusal> judge(const Parser& parser, const WorkQueue* pool) const {
        if (!clearly_framed(parser.get().base()))
            return Refusal{RejectionReason::kMalformed, "the only Transfer-Encoding taken is `chunked`"};
        if (seat_.kind() == Seat::kSurplus)
            return Refusal{
                RejectionReason::kConnectionsFull,
                fmt::format("there are {} connections, and no more are taken", limits_.connections)};
        const auto length = parser.content_length();
        if (length && *length > body_limit()) return too_large();
        if (length && !core_.budget.fits(*length)) return no_budget();
        const bool large = parser.chunked() || (length && *length > kSmallBody);
        if (large && pool != nullptr && pool->full()) return queue_full();
        return std::nullopt;
    }

    static Refusal no_budget() {
        return {RejectionReason::kBudgetFull, "too many bytes of requests are in flight; try again"};
    }

    static Refusal queue_full() { return {RejectionReason::kQueueFull, "too many requests wait; try again"}; }

    // The body into exchange.request.body. A refusal sets ending_: kAtOnce if there is nobody to hear it.
    net::awaitable<std::optional<Refusal>> read_body(Parser& parser, Exchange& exchange) {
        arm(limits_.body_timeout);
        const auto expect = exchange.request.header("expect");
        if (expect && exchange.version == 11 && beast::iequals(*expect, "100-continue")) {
            static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
            const auto [ec, size] = co_await net::async_write(stream_, net::buffer(kContinue), kTuple);
            if (ec) {
                deadline_.disarm();
                ending_ = Ending::kAtOnce;
                co_return Refusal{};
            }
        }
        std::optional<Refusal> refusal;
        std::string& body = exchange.request.body;
        const auto length = parser.content_length();
        if (length) body.reserve(*length);
        while (!parser.is_done() && !refusal) {
            // One byte beyond the limit is asked for, so that a chunked body that passes it is noticed.
            const std::size_t before = body.size();
            const std::size_t rest = length ? *length - before : body_limit() + 1 - before;
            const std::size_t step = std::min(kReadStep, rest);
            ending_ = Ending::kDrain;
            if (!exchange.share.grow(step)) {
                refusal = no_budget();
                break;
            }
            body.resize(before + step);
            auto& target = parser.get().body();
            target.data = body.data() + before;
            target.size = step;
            target.more = true;
            auto [ec, size] = co_await http::async_read(stream_, buffer_, parser, kTuple);
            body.resize(body.size() - parser.get().body().size);
            if (body.size() > body_limit()) {
                refusal = too_large();
            } else if (ec && ec != http::error::need_buffer) {
                refusal = why(ec, "body");
                ending_ = refusal ? Ending::kLinger : Ending::kAtOnce;
                if (!refusal) refusal = Refusal{};
            }
        }
        deadline_.disarm();
        co_return refusal;
    }

    net::awaitable<Response> respond(Exchange& exchange, WorkQueue* pool) {
        if (pool == nullptr) {
            std::optional<Response> own = health(core_, exchange.request);
            if (own) co_return std::move(*own);
        }
        if (asks_for_metrics(exchange.request)) {
            std::move_only_function<Response()> show = [this] {
                return show_metrics(core_, peer_.this_machine);
            };
            Ran ran = co_await run_on(core_.quick, strand_, std::move(show));
            if (ran.turn == Turn::kRun) co_return std::move(ran.response);
            co_return refused(exchange, queue_full(), true);
        }
        const Steady::time_point queued = Steady::now();
        std::move_only_function<Response()> work = [this, &exchange, pool, queued] {
            if (pool == &core_.workers) core_.instruments.queue_wait.observe(seconds_since(queued));
            return handled(exchange);
        };
        Ran ran = co_await run_on(*pool, strand_, std::move(work));
        switch (ran.turn) {
            case Turn::kRun:
                co_return std::move(ran.response);
            case Turn::kAbandoned:
                co_return refused(
                    exchange, Refusal{RejectionReason::kStopping, "the server is stopping; try again"}, true);
            case Turn::kRefused:
                break;
        }
        co_return refused(exchange, queue_full(), true);
    }

    // On a worker thread.
    Response handled(const Exchange& exchange) {
        const Steady::time_point begun = Steady::now();
        std::string failure;
        try {
            Response response = core_.handler.handle(exchange.request);
            core_.instruments.handled(response.operation, seconds_since(begun));
            if (sendable(response)) return response;
            failure = "response that cannot be sent";
        } catch (const std::exception& caught) {
            // Only the type: the text could quote what the request held.
            failure = typeid(caught).name();
        } catch (...) {
            failure = "unknown exception";
        }
        core_.tell("handler_failed", {{"id", exchange.request.request_id}, {"failure", failure}});
        return refused(exchange, Refusal{RejectionReason::kInternal, "internal server error"}, true);
    }

    Response refused(const Exchange& exchange, Refusal refusal, bool head_known) {
        core_.instruments.rejected(refusal.reason);
        const Rejection rejection{refusal.reason, std::move(refusal.message), exchange.request.request_id,
                                  head_known ? &exchange.request : nullptr};
        Response response = core_.handler.reject(rejection);
        if (response.outcome.empty()) response.outcome = name(rejection.reason);
        return response;
    }

    // Sends, counts and logs. Whether the connection goes on.
    net::awaitable<bool> answer(Exchange& exchange, Response response, bool keep_alive) {
        const bool keep = keep_alive && !core_.stopping;
        RequestRecord record;
        record.time = exchange.request.arrival;
        record.id = exchange.request.request_id;
        record.status = response.status;
        record.bytes_in = exchange.request.body.size();
        record.bytes_out = response.body.size();
        // A client that reads slowly must not hold its request's bytes.
        std::string().swap(exchange.request.body);
        exchange.share.release();
        const std::string operation = std::move(response.operation);
        const std::string outcome = std::move(response.outcome);
        record.operation = operation;
        record.outcome = outcome;

        WireResponse wire = to_wire(std::move(response), exchange.request.request_id, core_.clock.now(),
                                    exchange.version, keep, exchange.request.method == "HEAD");
        arm(limits_.write_timeout);
        const auto [ec, size] = co_await http::async_write(stream_, wire, kTuple);
        deadline_.disarm();
        if (ec) ending_ = Ending::kAtOnce;

        const double seconds = seconds_since(exchange.start);
        record.milliseconds = seconds * 1000;
        core_.instruments.answered(operation, outcome, seconds, record.bytes_in, record.bytes_out);
        if (core_.options.log) core_.options.log->info(json_line(record));
        co_return keep && !ec;
    }

    // Sends our end, then reads what still comes: closing a socket with unread bytes resets the connection,
    // and the client would see that instead of the response.
    net::awaitable<void> close() {
        if (ending_ != Ending::kAtOnce) {
            const bool drain = ending_ == Ending::kDrain;
            arm(drain ? limits_.body_timeout : limits_.linger_timeout);
            // Sends close_notify; comes back at the client's own, or at the next of its records.
            if constexpr (kTls) co_await stream_.async_shutdown(kTuple);
            error_code ec;
            socket().shutdown(net::socket_base::shutdown_send, ec);
            std::size_t left = drain ? limits_.refused_body_bytes : kLingerBytes;
            buffer_.clear();
            while (left > 0 && !deadline_.expired()) {
                const auto [failed, size] =
                    co_await socket().async_read_some(buffer_.prepare(kReadStep), kTuple);
                if (failed) break;
                left -= std::min(left, size);
            }
            deadline_.disarm();
        }
        error_code ignored;
        socket().close(ignored);
    }

    TakenSeat seat_;  // first, so left last
    Core& core_;
    const ServerLimits& limits_;
    const Peer peer_;
    Stream stream_;
    const net::any_io_executor strand_;
    // Below: used on the strand only.
    Deadline deadline_;
    beast::flat_buffer buffer_;
    Ending ending_{Ending::kAtOnce};
    std::size_t served_{0};
    bool idle_{false};
};

Peer peer_of(const net::ip::tcp::socket& socket) {
    error_code ec;
    net::ip::address address = socket.remote_endpoint(ec).address();
    return {ec ? std::string("unknown") : address.to_string(), false, !ec && address.is_loopback()};
}

}  // namespace

void serve(Core& core, TakenSeat seat, net::ip::tcp::socket socket) {
    Peer peer = peer_of(socket);
    std::make_shared<HttpConnection<PlainStream>>(core, std::move(seat), PlainStream(std::move(socket)),
                                                  std::move(peer))
        ->start();
}

void serve_tls(Core& core, TakenSeat seat, net::ip::tcp::socket socket,
               const std::shared_ptr<net::ssl::context>& tls) {
    Peer peer = peer_of(socket);
    // SSL_new takes its own reference to the context, so `tls` may be replaced while the connection lives.
    std::make_shared<HttpConnection<TlsStream>>(
        core, std::move(seat), TlsStream(PlainStream(std::move(socket)), *tls), std::move(peer))
        ->start();
}

void serve_local(Core& core, TakenSeat seat, net::local::stream_protocol::socket socket) {
    std::make_shared<HttpConnection<PlainStream>>(core, std::move(seat), PlainStream(std::move(socket)),
                                                  Peer{{}, true, true})
        ->start();
}

}  // namespace visavis::server
