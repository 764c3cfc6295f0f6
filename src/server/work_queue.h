// A fixed number of threads behind a bounded queue: the place where overload is noticed.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace visavis::server {

/// What became of a task.
enum class Turn : std::uint8_t {
    kRun,        ///< its turn has come
    kAbandoned,  ///< WorkQueue::abandon came first
    kRefused,    ///< the queue was full; only ever said by the caller of try_push
};

/// Thread-safe. First in, first out.
class WorkQueue {
  public:
    /// Called once with kRun, on a worker thread, or with kAbandoned.
    using Task = std::move_only_function<void(Turn)>;

    /// `threads` >= 1 start at once. A task is taken while fewer than `threads` run or fewer than `waiting`
    /// wait; so at most threads + waiting are here.
    WorkQueue(int threads, std::size_t waiting);
    WorkQueue(const WorkQueue&) = delete;
    WorkQueue& operator=(const WorkQueue&) = delete;

    /// Like join().
    ~WorkQueue();

    /// False, with `task` untouched, when the queue is full or joined.
    [[nodiscard]] bool try_push(Task& task);

    /// Whether try_push would refuse now.
    [[nodiscard]] bool full() const;

    /// Tasks that wait and do not run yet.
    [[nodiscard]] std::size_t waiting() const;

    /// Tasks that run.
    [[nodiscard]] std::size_t running() const;

    /// Calls those waiting with kAbandoned, on this thread: the workers may all hang. Later ones are called
    /// so too, on a worker. Those running end by themselves.
    void abandon();

    /// Takes no more, works off what waits, ends the threads. Once or more, never from a worker thread.
    void join();

  private:
    void work();
    [[nodiscard]] bool full_locked() const;

    const std::size_t threads_most_;
    const std::size_t waiting_most_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Task> tasks_;  // guarded by mutex_
    std::size_t running_{0};  // guarded by mutex_
    bool abandoned_{false};   // guarded by mutex_
    bool joining_{false};     // guarded by mutex_
    std::vector<std::jthread> threads_;
};

}  // namespace visavis::server
