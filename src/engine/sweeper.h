// The thread of a server that deletes what must not be kept any longer, and what deletions left: at start,
// and then every minute. At start it also brings index files up to date that a crash left behind.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "engine/engine.h"
#include "engine/erase_case.h"
#include "ledger/ledger.h"

namespace visavis::engine {

struct SweeperOptions {
    std::chrono::milliseconds every{std::chrono::minutes(1)};  ///< what deletions left: each minute at least
    /// Between two transactions, so that requests that write come in between.
    std::chrono::milliseconds pause{std::chrono::milliseconds(20)};
    std::function<void(const Removed& retention, const ErasedCases& cases)> on_removed;  ///< something went
    std::function<void(const Error&)> on_trouble;  ///< told once until it is another or over
};

class Sweeper {
  public:
    /// Starts. `engine` must outlive it; `ledger` may be null.
    Sweeper(Engine& engine, std::shared_ptr<ledger::Ledger> ledger, SweeperOptions options);
    Sweeper(const Sweeper&) = delete;
    Sweeper& operator=(const Sweeper&) = delete;
    ~Sweeper();  ///< after the transaction that is running

  private:
    using SteadyClock = std::chrono::steady_clock;

    void loop();
    void sweep();                              ///< what must not be kept any longer
    void tidy(SteadyClock::time_point until);  ///< what deletions and crashes left
    void trouble(std::string& last, const Error* error);
    [[nodiscard]] bool go_on();

    Engine& engine_;
    const std::shared_ptr<ledger::Ledger> ledger_;
    const SweeperOptions options_;
    std::string sweep_trouble_;  // of the thread, like the next two
    std::string tidy_trouble_;
    bool renewed_{false};

    std::mutex mutex_;
    std::condition_variable stop_;
    bool stopping_{false};  // by mutex_
    std::thread thread_;    // last: starts when all else stands
};

}  // namespace visavis::engine
