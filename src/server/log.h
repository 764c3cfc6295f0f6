// What the server says while it runs: one line of JSON for each request and for each event of its own life.
// No image, template, name, address or secret is ever among the fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <spdlog/fwd.h>

#include "base/clock.h"
#include "server/metrics.h"

namespace visavis::server {

struct RequestRecord {
    TimePoint time{};            ///< when the head was complete
    std::string_view id;         ///< x-amzn-RequestId
    std::string_view operation;  ///< as the handler labelled it
    std::string_view outcome;
    int status{0};
    double milliseconds{0};    ///< from the request's first byte to the response's last
    std::size_t bytes_in{0};   ///< of the body
    std::size_t bytes_out{0};  ///< of the body
};

/// `{"time":"2026-11-24T20:30:00.123Z","id":"…","operation":"DetectFaces","outcome":"ok","status":200,
/// "ms":12.3,"bytes_in":81234,"bytes_out":991}`, without a line feed.
[[nodiscard]] std::string json_line(const RequestRecord& record);

/// `{"time":"…","event":"listening","address":"127.0.0.1:8080"}`, without a line feed.
[[nodiscard]] std::string json_line(TimePoint time, std::string_view event,
                                    std::initializer_list<std::pair<std::string_view, std::string>> fields);

/// A logger that writes lines as they are to standard error, from a thread of its own: a full pipe never
/// stops a request. Where lines come faster than they can be written the oldest are dropped and counted in
/// `visavis_log_lines_lost_total`. Make one at most; it flushes and ends with its last owner.
[[nodiscard]] std::shared_ptr<spdlog::logger> make_log(Metrics& metrics);

}  // namespace visavis::server
