#include "server/instruments.h"

#include <algorithm>
#include <string>

namespace visavis::server {
namespace {

// Labels come from the handler's fixed sets; a slip there must not put a client's text into a time series.
std::string label(std::string_view text) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-' || c == '.' || c == '/';
    };
    if (text.empty()) return "none";
    if (text.size() > 64 || !std::ranges::all_of(text, allowed)) return "other";
    return std::string(text);
}

}  // namespace

Instruments::Instruments(Metrics& metrics)
    : connections_total(metrics.counter("visavis_connections_total", "Connections taken.")),
      connections_cut(metrics.counter("visavis_connections_cut_total",
                                      "Connections closed unanswered: beyond every limit.")),
      bytes_in(metrics.counter("visavis_request_bytes_total", "Bytes of request bodies.")),
      bytes_out(metrics.counter("visavis_response_bytes_total", "Bytes of response bodies.")),
      queue_wait(metrics.histogram("visavis_queue_wait_seconds", "Waiting for a worker.")),
      metrics_(metrics) {}

void Instruments::answered(std::string_view operation, std::string_view outcome, double seconds,
                           std::size_t in, std::size_t out) {
    const std::string name = label(operation);
    metrics_
        .counter("visavis_requests_total", "Requests answered.",
                 {{"operation", name}, {"outcome", label(outcome)}})
        .add();
    metrics_
        .histogram("visavis_request_duration_seconds",
                   "First byte of the request to last byte of the response.", {{"operation", name}})
        .observe(seconds);
    bytes_in.add(in);
    bytes_out.add(out);
}

void Instruments::handled(std::string_view operation, double seconds) {
    metrics_
        .histogram("visavis_handler_duration_seconds", "The operation itself, on its worker.",
                   {{"operation", label(operation)}})
        .observe(seconds);
}

void Instruments::rejected(RejectionReason reason) {
    metrics_
        .counter("visavis_rejections_total", "Requests the server itself refused.",
                 {{"reason", std::string(name(reason))}})
        .add();
}

}  // namespace visavis::server
