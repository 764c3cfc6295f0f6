#include "server/work_queue.h"

#include <utility>

namespace visavis::server {

WorkQueue::WorkQueue(int threads, std::size_t waiting)
    : threads_most_(static_cast<std::size_t>(threads)), waiting_most_(waiting) {
    threads_.reserve(threads_most_);
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

WorkQueue::~WorkQueue() {
    join();
}

bool WorkQueue::full_locked() const {
    return joining_ || running_ + tasks_.size() >= threads_most_ + waiting_most_;
}

bool WorkQueue::try_push(Task& task) {
    {
        const std::scoped_lock lock(mutex_);
        if (full_locked()) return false;
        tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
    return true;
}

bool WorkQueue::full() const {
    const std::scoped_lock lock(mutex_);
    return full_locked();
}

std::size_t WorkQueue::waiting() const {
    const std::scoped_lock lock(mutex_);
    return tasks_.size();
}

std::size_t WorkQueue::running() const {
    const std::scoped_lock lock(mutex_);
    return running_;
}

void WorkQueue::abandon() {
    std::deque<Task> waiting;
    {
        const std::scoped_lock lock(mutex_);
        abandoned_ = true;
        waiting.swap(tasks_);
    }
    for (Task& task : waiting) task(Turn::kAbandoned);
}

void WorkQueue::join() {
    {
        const std::scoped_lock lock(mutex_);
        joining_ = true;
    }
    changed_.notify_all();
    threads_.clear();
}

void WorkQueue::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return joining_ || !tasks_.empty(); });
        if (tasks_.empty()) return;
        Task task = std::move(tasks_.front());
        tasks_.pop_front();
        ++running_;
        const Turn turn = abandoned_ ? Turn::kAbandoned : Turn::kRun;
        lock.unlock();
        task(turn);
        task = nullptr;
        lock.lock();
        --running_;
    }
}

}  // namespace visavis::server
