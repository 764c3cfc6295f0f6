#include "ledger_backlog.h"

#include <algorithm>
#include <chrono>
#include <string>

#include <fmt/core.h>

#include "base/clock.h"
#include "server/log.h"

namespace visavis::app {
namespace {

constexpr std::chrono::seconds kBetweenLines{5};

}  // namespace

BacklogLines::BacklogLines(std::shared_ptr<ledger::Ledger> ledger, std::shared_ptr<spdlog::logger> log) {
    if (!ledger || ledger->log().backlog().empty()) return;
    thread_ = std::thread([this, ledger = std::move(ledger), log = std::move(log)] { loop(*ledger, *log); });
}

BacklogLines::~BacklogLines() {
    {
        const std::lock_guard guard(mutex_);
        stopping_ = true;
    }
    stop_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void BacklogLines::loop(const ledger::Ledger& ledger, spdlog::logger& log) {
    for (;;) {
        const ledger::Backlog left = ledger.log().backlog();
        log.info(server::json_line(
            SystemClock().now(), "ledger_backlog",
            {{"tiles", std::to_string(left.tiles)}, {"openings", std::to_string(left.openings)}}));
        if (left.empty()) return;
        std::unique_lock guard(mutex_);
        if (stop_.wait_for(guard, kBetweenLines, [&] { return stopping_; })) return;
    }
}

void register_backlog_metrics(server::Metrics& metrics, const std::shared_ptr<ledger::Ledger>& ledger) {
    constexpr const char* kName = "visavis_ledger_backlog";
    constexpr const char* kHelp =
        "Receipts that the last process left in the journal and that still wait for this.";
    metrics.gauge(kName, kHelp, {{"for", "tiles"}},
                  [ledger] { return static_cast<double>(ledger->log().backlog().tiles); });
    metrics.gauge(kName, kHelp, {{"for", "openings"}},
                  [ledger] { return static_cast<double>(ledger->log().backlog().openings); });
}

Result<void> wait_for_backlog(ledger::Ledger& ledger) {
    const ledger::Backlog left = ledger.log().backlog();
    if (left.empty()) return {};
    fmt::print(stderr, "the last process left {} receipts in the ledger's journal; sorting them in first\n",
               std::max(left.tiles, left.openings));
    return ledger.log().catch_up();
}

}  // namespace visavis::app
