// A deadline over what a connection does next, however many reads and writes that takes.
#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace visavis::server {

/// To be used on one strand. When the time is over it calls `expire` of its owner, and again every 20 ms
/// until it is disarmed: one cancel() misses an operation that lies between two of its reads.
///
/// Beast's own stream timeouts close the socket; here it must stay open for the answer that says why.
class Deadline {
  public:
    explicit Deadline(const boost::asio::any_io_executor& strand) : timer_(strand) {}

    /// From now on; replaces an earlier one. `owner` is kept by a weak pointer.
    template <typename Owner>
    void arm(std::chrono::milliseconds time, const std::shared_ptr<Owner>& owner) {
        expired_ = false;
        ++round_;
        wait(time, std::weak_ptr<Owner>(owner), round_);
    }

    void disarm() {
        ++round_;
        timer_.cancel();
    }

    /// Whether the time of the last arm() is over; stays so until the next.
    [[nodiscard]] bool expired() const noexcept { return expired_; }

  private:
    template <typename Owner>
    void wait(std::chrono::milliseconds time, std::weak_ptr<Owner> owner, unsigned round) {
        timer_.expires_after(time);
        timer_.async_wait([this, owner = std::move(owner), round](const boost::system::error_code& ec) {
            const auto alive = owner.lock();
            if (ec || !alive || round != round_) return;
            expired_ = true;
            alive->expire();
            wait(std::chrono::milliseconds(20), std::weak_ptr<Owner>(alive), round);
        });
    }

    boost::asio::steady_timer timer_;
    unsigned round_{0};
    bool expired_{false};
};

}  // namespace visavis::server
