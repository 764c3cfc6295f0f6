// The seam where time enters: services take a Clock so that tests can move it.
#pragma once

#include <chrono>

namespace visavis {

using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;  ///< UTC

/// Wall clock. Thread-safe.
class Clock {
  public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;

    [[nodiscard]] virtual TimePoint now() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
  public:
    [[nodiscard]] TimePoint now() const override {
        return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }
};

}  // namespace visavis
