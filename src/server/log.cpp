#include "server/log.h"

#include <chrono>
#include <cmath>
#include <iterator>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace visavis::server {
namespace {

constexpr std::size_t kLinesWaiting = 8192;

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    out += '"';
    return out;
}

std::string written(TimePoint time) {
    const auto milliseconds = time.time_since_epoch() % std::chrono::seconds(1);
    const auto whole = std::chrono::floor<std::chrono::seconds>(time);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(whole)), milliseconds.count());
}

// The sink's logger keeps its writing thread alive, and both end together.
struct AsyncLog {
    std::shared_ptr<spdlog::details::thread_pool> thread;
    std::shared_ptr<spdlog::async_logger> logger;
};

}  // namespace

std::string json_line(const RequestRecord& record) {
    return fmt::format(
        R"({{"time":"{}","id":{},"operation":{},"outcome":{},"status":{},"ms":{:.1f},"bytes_in":{},"bytes_out":{}}})",
        written(record.time), quoted(record.id), quoted(record.operation), quoted(record.outcome),
        record.status, record.milliseconds, record.bytes_in, record.bytes_out);
}

std::string json_line(TimePoint time, std::string_view event,
                      std::initializer_list<std::pair<std::string_view, std::string>> fields) {
    std::string out = fmt::format(R"({{"time":"{}","event":{})", written(time), quoted(event));
    for (const auto& [name, value] : fields)
        fmt::format_to(std::back_inserter(out), ",{}:{}", quoted(name), quoted(value));
    out += '}';
    return out;
}

std::shared_ptr<spdlog::logger> make_log(Metrics& metrics) {
    auto log = std::make_shared<AsyncLog>();
    log->thread = std::make_shared<spdlog::details::thread_pool>(kLinesWaiting, 1);
    log->logger =
        std::make_shared<spdlog::async_logger>("visavis", std::make_shared<spdlog::sinks::stderr_sink_mt>(),
                                               log->thread, spdlog::async_overflow_policy::overrun_oldest);
    log->logger->set_pattern("%v");
    log->logger->set_level(spdlog::level::info);
    metrics.counter("visavis_log_lines_lost_total", "Log lines dropped because they came too fast.", {},
                    [thread = std::weak_ptr(log->thread)] {
                        const auto alive = thread.lock();
                        return alive ? static_cast<double>(alive->overrun_counter()) : std::nan("");
                    });
    return {log, log->logger.get()};
}

}  // namespace visavis::server
