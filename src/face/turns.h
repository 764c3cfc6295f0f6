// Who may recognise now. A request holds its turn from decoding to template, so that pictures are worked off
// one after the other instead of taking the caches from each other, and gives it up before it waits for a
// disk.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <utility>

namespace visavis::face {

/// Thread-safe. First come, first served.
class Turns {
  public:
    /// A place for as long as the object lives or until end(). Must not outlive its Turns.
    class Turn {
      public:
        Turn() = default;
        Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
        Turn& operator=(Turn&& other) noexcept {
            std::swap(turns_, other.turns_);
            return *this;
        }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn() { end(); }

        /// Lets the next one begin. Again: nothing.
        void end() noexcept;

      private:
        friend class Turns;
        explicit Turn(Turns& turns) : turns_(&turns) {}
        Turns* turns_{nullptr};
    };

    /// `most` >= 1 work side by side.
    explicit Turns(int most) : most_(static_cast<std::uint64_t>(most)) {}

    /// Waits for its turn.
    [[nodiscard]] Turn take();

  private:
    const std::uint64_t most_;
    std::mutex mutex_;
    std::condition_variable ended_;
    std::uint64_t taken_{0};     // guarded by mutex_
    std::uint64_t finished_{0};  // guarded by mutex_
};

}  // namespace visavis::face
