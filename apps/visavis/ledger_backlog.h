// Tells how far the work on what a crash left in the ledger's journal has come.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include <spdlog/logger.h>

#include "ledger/ledger.h"
#include "server/metrics.h"

namespace visavis::app {

/// Writes a line every few seconds until nothing is left; none if nothing was. Ends with its owner.
class BacklogLines {
  public:
    BacklogLines(std::shared_ptr<ledger::Ledger> ledger, std::shared_ptr<spdlog::logger> log);
    BacklogLines(const BacklogLines&) = delete;
    BacklogLines& operator=(const BacklogLines&) = delete;
    ~BacklogLines();

  private:
    void loop(const ledger::Ledger& ledger, spdlog::logger& log);

    std::mutex mutex_;
    std::condition_variable stop_;
    bool stopping_{};
    std::thread thread_;
};

/// `visavis_ledger_backlog`, with `for="tiles"` and `for="openings"`.
void register_backlog_metrics(server::Metrics& metrics, const std::shared_ptr<ledger::Ledger>& ledger);

/// For a command without a server: waits until nothing is left, and says so on standard error.
Result<void> wait_for_backlog(ledger::Ledger& ledger);

}  // namespace visavis::app
