#include "server/builtin.h"

namespace visavis::server {
namespace {

bool reads(const Request& head) noexcept {
    return head.method == "GET" || head.method == "HEAD";
}

Response json(int status, std::string body, std::string operation, std::string outcome) {
    return {status,          "application/json",   {{"Cache-Control", "no-store"}},
            std::move(body), std::move(operation), std::move(outcome)};
}

}  // namespace

std::optional<Response> health(const Core& core, const Request& head) {
    if (!reads(head)) return std::nullopt;
    if (head.path() == "/health/live") return json(200, R"({"status":"live"})", "health_live", "ok");
    if (head.path() != "/health/ready") return std::nullopt;
    if (core.stopping) return json(503, R"({"status":"stopping"})", "health_ready", "stopping");
    if (!core.handler.ready()) return json(503, R"({"status":"not ready"})", "health_ready", "not_ready");
    return json(200, R"({"status":"ready"})", "health_ready", "ok");
}

bool asks_for_metrics(const Request& head) noexcept {
    return reads(head) && head.path() == "/metrics";
}

Response show_metrics(const Core& core, bool from_this_machine) {
    if (!from_this_machine && !core.options.remote_metrics)
        return json(403,
                    R"({"message":"metrics are shown on this machine only, unless the server runs with )"
                    R"(--remote-metrics"})",
                    "metrics", "refused");
    return {200, "text/plain; version=0.0.4; charset=utf-8", {}, core.metrics.text(), "metrics", "ok"};
}

}  // namespace visavis::server
