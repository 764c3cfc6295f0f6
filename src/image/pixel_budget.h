// One budget for the pixels that all decoding in the process holds at a time (limits.h).
#pragma once

#include <cstddef>
#include <utility>

#include "base/error.h"

namespace visavis::image {

/// A share of the budget; gives it back at its end.
class PixelLease {
  public:
    /// A lease on `pixels` (3 bytes each), after those who asked before. Waits for others to make room, at
    /// most limits::kPixelWait; kThrottled then. kImageTooLarge if it is more than the whole budget.
    /// Thread-safe. Ask for all at once: who waits while holding some makes others wait in vain.
    static Result<PixelLease> take(std::size_t pixels);

    PixelLease() = default;
    PixelLease(PixelLease&& other) noexcept : pixels_(std::exchange(other.pixels_, 0)) {}
    PixelLease& operator=(PixelLease&& other) noexcept {
        std::swap(pixels_, other.pixels_);
        return *this;
    }
    PixelLease(const PixelLease&) = delete;
    PixelLease& operator=(const PixelLease&) = delete;
    ~PixelLease();

    /// Gives back what goes beyond `pixels`; nothing if it holds no more than that.
    void shrink(std::size_t pixels) noexcept;

    /// How many wait for room at this moment.
    [[nodiscard]] static std::size_t waiting();

    /// Pixels leased by everyone at this moment.
    [[nodiscard]] static std::size_t in_use() noexcept;

  private:
    explicit PixelLease(std::size_t pixels) noexcept : pixels_(pixels) {}

    std::size_t pixels_{};
};

}  // namespace visavis::image
