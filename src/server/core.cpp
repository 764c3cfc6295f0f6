#include "server/core.h"

#include <utility>
#include <vector>

#include <spdlog/logger.h>

#include "server/log.h"

namespace visavis::server {

TakenSeat::~TakenSeat() {
    if (set_ != nullptr) set_->leave(kind_);
}

std::optional<TakenSeat> ConnectionSet::enter(bool local) {
    const std::scoped_lock lock(mutex_);
    if (local) {
        if (local_ >= limits_.local_connections) return std::nullopt;
        ++local_;
        return TakenSeat(*this, Seat::kLocal);
    }
    if (tcp_ < limits_.connections) {
        ++tcp_;
        return TakenSeat(*this, Seat::kTcp);
    }
    if (surplus_ >= limits_.refused_connections) return std::nullopt;
    ++surplus_;
    return TakenSeat(*this, Seat::kSurplus);
}

void ConnectionSet::leave(Seat kind) {
    const std::scoped_lock lock(mutex_);
    switch (kind) {
        case Seat::kTcp:
            --tcp_;
            break;
        case Seat::kLocal:
            --local_;
            break;
        case Seat::kSurplus:
            --surplus_;
            break;
    }
    if (count_locked() == 0) emptied_.notify_all();
}

void ConnectionSet::add(const std::shared_ptr<Connection>& connection) {
    const std::scoped_lock lock(mutex_);
    open_.emplace(connection.get(), connection);
}

void ConnectionSet::remove(const Connection* connection) {
    const std::scoped_lock lock(mutex_);
    open_.erase(connection);
}

void ConnectionSet::for_each(const std::function<void(Connection&)>& call) const {
    std::vector<std::shared_ptr<Connection>> alive;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& [key, connection] : open_)
            if (auto one = connection.lock()) alive.push_back(std::move(one));
    }
    for (const auto& connection : alive) call(*connection);
}

void ConnectionSet::finish_all() const {
    for_each([](Connection& connection) { connection.finish(); });
}

void ConnectionSet::cut_all() const {
    for_each([](Connection& connection) { connection.cut(); });
}

std::size_t ConnectionSet::count() const {
    const std::scoped_lock lock(mutex_);
    return count_locked();
}

bool ConnectionSet::wait_until_empty(std::chrono::steady_clock::time_point deadline) const {
    std::unique_lock lock(mutex_);
    return emptied_.wait_until(lock, deadline, [this] { return count_locked() == 0; });
}

void ConnectionSet::wait_until_empty() const {
    std::unique_lock lock(mutex_);
    emptied_.wait(lock, [this] { return count_locked() == 0; });
}

Core::Core(ServerOptions given, Handler& served, Metrics& registry)
    : options(std::move(given)),
      handler(served),
      metrics(registry),
      instruments(registry),
      budget(options.limits.body_bytes_in_flight),
      connections(options.limits),
      workers(options.workers, options.limits.queued),
      quick(options.quick_threads, options.limits.quick_queued) {}

void Core::tell(std::string_view event,
                std::initializer_list<std::pair<std::string_view, std::string>> fields) const {
    if (options.log) options.log->info(json_line(clock.now(), event, fields));
}

}  // namespace visavis::server
