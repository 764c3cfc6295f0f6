// What all connections of one server share.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "server/body_budget.h"
#include "server/handler.h"
#include "server/instruments.h"
#include "server/options.h"
#include "server/work_queue.h"

namespace visavis::server {

/// One open connection, as the server sees it. Both calls from any thread.
class Connection {
  public:
    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    virtual ~Connection() = default;

    /// Ends it after the request in flight; at once if there is none.
    virtual void finish() = 0;

    /// Ends it now.
    virtual void cut() = 0;
};

/// Which limit a connection counts against.
enum class Seat : std::uint8_t {
    kTcp,
    kLocal,    ///< Unix socket
    kSurplus,  ///< beyond the limit for TCP: its first request is refused
};

class ConnectionSet;

/// A seat that is taken; free again when this ends.
class TakenSeat {
  public:
    TakenSeat(ConnectionSet& set, Seat kind) noexcept : set_(&set), kind_(kind) {}
    TakenSeat(TakenSeat&& other) noexcept : set_(std::exchange(other.set_, nullptr)), kind_(other.kind_) {}
    TakenSeat& operator=(TakenSeat&&) = delete;
    TakenSeat(const TakenSeat&) = delete;
    TakenSeat& operator=(const TakenSeat&) = delete;
    ~TakenSeat();

    [[nodiscard]] Seat kind() const noexcept { return kind_; }

  private:
    ConnectionSet* set_;
    Seat kind_;
};

/// The open connections. Thread-safe.
class ConnectionSet {
  public:
    explicit ConnectionSet(const ServerLimits& limits) : limits_(limits) {}

    /// A seat for a new connection; nothing if there is none left.
    [[nodiscard]] std::optional<TakenSeat> enter(bool local);

    /// While it is known here, finish_all and cut_all reach the connection.
    void add(const std::shared_ptr<Connection>& connection);
    void remove(const Connection* connection);

    void finish_all() const;
    void cut_all() const;

    /// Taken seats.
    [[nodiscard]] std::size_t count() const;

    /// Waits until every seat is free; false if that was not so by then.
    [[nodiscard]] bool wait_until_empty(std::chrono::steady_clock::time_point deadline) const;
    void wait_until_empty() const;

  private:
    friend class TakenSeat;
    void leave(Seat kind);
    [[nodiscard]] std::size_t count_locked() const { return tcp_ + local_ + surplus_; }
    void for_each(const std::function<void(Connection&)>& call) const;

    const ServerLimits& limits_;
    mutable std::mutex mutex_;
    mutable std::condition_variable emptied_;
    std::size_t tcp_{0};                                                     // guarded by mutex_
    std::size_t local_{0};                                                   // guarded by mutex_
    std::size_t surplus_{0};                                                 // guarded by mutex_
    std::unordered_map<const Connection*, std::weak_ptr<Connection>> open_;  // guarded by mutex_
};

/// Outlives every connection.
struct Core {
    Core(ServerOptions given, Handler& served, Metrics& registry);

    const ServerOptions options;
    Handler& handler;
    Metrics& metrics;
    const SystemClock clock;
    Instruments instruments;
    BodyBudget budget;
    ConnectionSet connections;
    std::atomic<bool> stopping{false};
    WorkQueue workers;  // last: their threads end before anything they use does
    WorkQueue quick;

    /// One line in the log about the server's own life.
    void tell(std::string_view event,
              std::initializer_list<std::pair<std::string_view, std::string>> fields = {}) const;
};

}  // namespace visavis::server
