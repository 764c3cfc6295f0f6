// What the server asks of the program behind it: a request in, a response out. Plain structs; no socket, no
// thread and no third-party type reaches this header.
//
// The life of a request: its head is read and judged (limits, budget, queue) -> `Handler::quick` chooses the
// pool -> its body is read -> `Handler::handle` runs on a worker thread -> the server adds
// `x-amzn-RequestId`, `Date`, `Content-Length` and `Connection`, writes the response, counts it and logs one
// line. When the server itself must refuse, `Handler::reject` writes the words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace visavis::server {

struct Header {
    std::string name;   ///< as it was written; compare without regard to case
    std::string value;  ///< without the white space around it
};

struct Request {
    std::string method;           ///< `POST`
    std::string target;           ///< path and query as sent, undecoded: `/v1/x?y=z`
    std::vector<Header> headers;  ///< in the order they came; a repeated name stays repeated
    std::string body;  ///< decoded from chunks where it came so; empty while only the head is known
    std::string
        remote_address;      ///< the peer, without its port: `203.0.113.7`, `::1`; empty on the Unix socket
    bool local{false};       ///< came over the Unix socket, from this process's user or root
    std::string request_id;  ///< lower-case UUID version 4, made by the server
    TimePoint arrival{};     ///< when the head was complete

    /// The first header of this name, in any case; nothing if there is none.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept;

    /// The target up to the first `?`.
    [[nodiscard]] std::string_view path() const noexcept;

    /// The target after the first `?`; empty if there is none.
    [[nodiscard]] std::string_view query() const noexcept;
};

struct Response {
    int status{200};
    std::string content_type{"application/x-amz-json-1.1"};
    std::vector<Header> headers;  ///< further ones; those the server adds itself are ignored here
    std::string body;

    /// For the log line and the metrics; never sent. Both must come from small fixed sets, since each pair is
    /// a time series: the operation's name (`DetectFaces`, `unknown`) and `ok` or an exception's name.
    std::string operation;
    std::string outcome;
};

/// Why the server answers without `Handler::handle`.
enum class RejectionReason : std::uint8_t {
    kMalformed,        ///< not HTTP/1.x, or framed in a way that two readers could read differently
    kHeaderTooLarge,   ///< request line and headers beyond limits::kRequestHeaderBytes
    kBodyTooLarge,     ///< declared or counted body beyond the listener's limit
    kTimeout,          ///< head or body came too slowly
    kQueueFull,        ///< all workers busy and as many requests waiting as may wait
    kBudgetFull,       ///< the bodies of all requests in flight are as many bytes as may be
    kConnectionsFull,  ///< as many connections as may be
    kStopping,         ///< the server stops and this request could not begin in time
    kInternal,         ///< `handle` threw or gave a response that cannot be sent
};

/// Stable lower-case name, e.g. `queue_full`: the metrics' label.
[[nodiscard]] std::string_view name(RejectionReason reason) noexcept;

struct Rejection {
    RejectionReason reason{RejectionReason::kInternal};
    std::string
        message;  ///< for the client's programmer, e.g. "the body has 20971520 bytes; at most 16777216 …"
    std::string request_id;
    const Request* head{nullptr};  ///< without body; null where the head could not be read
};

/// Implemented by what the server serves. The server calls from many threads at once.
class Handler {
  public:
    Handler() = default;
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
    virtual ~Handler() = default;

    /// Answers one request. Runs on a worker thread and may block; on one of the quick threads where `quick`
    /// said so. An exception becomes `reject(kInternal)`.
    [[nodiscard]] virtual Response handle(const Request& request) = 0;

    /// The response where the server itself refuses. It must be JSON that AWS SDKs read (they choke on
    /// anything else), and an overload must be a ThrottlingException with status 400: 503 is retried blindly.
    /// Runs on an I/O thread, so it must neither block nor throw. The connection ends after it where the
    /// request was not read to its end.
    [[nodiscard]] virtual Response reject(const Rejection& rejection) = 0;

    /// True for requests that must not wait behind recognition: cheap, bounded reads such as
    /// `GET /ledger/checkpoint`. They run on threads of their own. Called with the head alone, on an I/O
    /// thread; must not block or throw. (`/health/live`, `/health/ready` and `/metrics` never get here: the
    /// server answers them itself.)
    [[nodiscard]] virtual bool quick(const Request& /*head*/) const { return false; }

    /// What `/health/ready` says while the server runs: false as long as `handle` cannot do its work. Must
    /// not block or throw.
    [[nodiscard]] virtual bool ready() const { return true; }
};

}  // namespace visavis::server
