// The one thread that changes the database. Transactions that wait while the previous group is being synced
// form the next group: one COMMIT, one fsync for all of them. Each keeps its own savepoint, so that one that
// fails takes nothing of the others with it.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "keys/seal.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace visavis::store::sqlite {

/// Thread-safe.
class Writer {
  public:
    Writer(std::unique_ptr<Connection> connection, const keys::SealKey& wrapping);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer();  ///< finishes what waits

    /// Returns when the transaction is durable, or with the reason why nothing of it happened. `body` runs on
    /// the writer's thread; an exception of it comes out here.
    Result<void> run(const std::function<bool(Transaction&)>& body);

  private:
    struct Job {
        const std::function<bool(Transaction&)>* body{};
        std::vector<std::function<void()>> committed;
        Result<void> result;
        std::exception_ptr exception;
        bool kept{false};
        bool done{false};
    };

    void loop();
    void process(const std::vector<Job*>& jobs);
    void execute(Job& job);
    void truncate_log();

    std::unique_ptr<Connection> connection_;  // of the thread
    const keys::SealKey wrapping_;
    bool erased_{false};  // of the thread: bytes that must go may stand in the write-ahead log

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::condition_variable finished_;
    std::deque<Job*> queue_;  // by mutex_
    bool stopping_{false};    // by mutex_
    std::thread thread_;
};

}  // namespace visavis::store::sqlite
