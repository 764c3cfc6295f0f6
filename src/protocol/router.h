// Our own routes beside Rekognition's operations: `/v1/…`, `/ledger/…`, STS. Whoever has some registers them
// before the server starts; the table does not change afterwards.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "engine/call.h"
#include "engine/engine.h"
#include "protocol/exceptions.h"
#include "server/handler.h"

namespace visavis::protocol {

/// One request to a route.
struct RouteCall {
    engine::Engine& engine;
    const engine::Caller& caller;  ///< of a public route over TCP: only request_id and source_address are set
    engine::Call& called;  ///< the same caller; what an operation notes here becomes headers of the answer
    const server::Request& request;
    std::map<std::string, std::string, std::less<>> parameters;  ///< by the names in the pattern, decoded
    bool local{};  ///< the operator at this machine: Unix socket or command line
};

struct Route {
    std::string method;  ///< `GET` also answers HEAD
    /// Segments: literal, `{name}` for one segment, `{name...}` at the end for one or more, slashes included.
    std::string pattern;
    std::string operation;                    ///< label of log and metrics, e.g. `GetReceipt`
    bool is_public{};                         ///< answers without a signature
    bool quick{};                             ///< cheap and bounded: need not wait behind recognition
    std::string_view service{"rekognition"};  ///< that signatures of a non-public route are scoped to
    /// Whether the route takes a request of its method and path, judged by the head alone; absent: all.
    std::function<bool(const server::Request& head)> takes;
    std::function<server::Response(const RouteCall& call)> answer;  ///< thread-safe; may block unless `quick`
    /// How a refused signature is told; absent: as JSON, by respond().
    std::function<server::Response(const Exception& exception, std::string_view request_id)> refuse;
};

class Router {
  public:
    /// Adds a route. The first that fits a request answers it.
    void add(Route route) { routes_.push_back(std::move(route)); }

    struct Match {
        const Route* route{};
        std::map<std::string, std::string, std::less<>> parameters;
    };

    /// The route that answers a request of which the head is known. Segments are percent-decoded before they
    /// become parameters; a segment that decodes to text with a slash or a zero byte, or wrongly, fits no
    /// `{name}`.
    [[nodiscard]] std::optional<Match> find(const server::Request& head) const;

    /// The methods that the path answers, e.g. `GET, POST`; empty if it is unknown.
    [[nodiscard]] std::string methods_of(std::string_view path) const;

    [[nodiscard]] const std::vector<Route>& routes() const noexcept { return routes_; }

  private:
    std::vector<Route> routes_;
};

/// A success of a route: JSON, as json_text writes it.
[[nodiscard]] server::Response json_response(const boost::json::value& value, std::string_view operation);

/// An error of a route, as Rekognition's operations answer it (docs/api.md). `local` as in exception_of().
[[nodiscard]] server::Response error_response(const Error& error, const RouteCall& call,
                                              std::string_view operation);

}  // namespace visavis::protocol
