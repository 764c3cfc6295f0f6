// One budget for the bytes of all request bodies that are in memory.
//
// Bytes are charged as they arrive, not as they are announced: sixteen clients that announce 16 MiB each and
// send nothing would otherwise lock everybody out for as long as a body may take.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace visavis::server {

/// Thread-safe.
class BodyBudget {
  public:
    explicit BodyBudget(std::size_t most) noexcept : most_(most) {}

    /// Whether `bytes` more would fit at this moment; charges nothing.
    [[nodiscard]] bool fits(std::size_t bytes) const noexcept {
        return bytes <= most_ && used_.load(std::memory_order_relaxed) <= most_ - bytes;
    }

    [[nodiscard]] std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

    /// What one request holds of the budget; gives it back when it ends. Not thread-safe; the budget must
    /// outlive it.
    class Share {
      public:
        explicit Share(BodyBudget& budget) noexcept : budget_(&budget) {}
        Share(Share&& other) noexcept : budget_(other.budget_), held_(std::exchange(other.held_, 0)) {}
        Share& operator=(Share&&) = delete;
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;
        ~Share() { release(); }

        /// Charges `bytes` more. False, with nothing charged, if they do not fit.
        [[nodiscard]] bool grow(std::size_t bytes) noexcept {
            if (budget_->used_.fetch_add(bytes, std::memory_order_relaxed) + bytes > budget_->most_) {
                budget_->used_.fetch_sub(bytes, std::memory_order_relaxed);
                return false;
            }
            held_ += bytes;
            return true;
        }

        /// Gives everything back before the end.
        void release() noexcept {
            budget_->used_.fetch_sub(std::exchange(held_, 0), std::memory_order_relaxed);
        }

      private:
        BodyBudget* budget_;
        std::size_t held_{0};
    };

  private:
    const std::size_t most_;
    std::atomic<std::size_t> used_{0};
};

}  // namespace visavis::server
