#include "face/turns.h"

namespace visavis::face {

Turns::Turn Turns::take() {
    std::unique_lock lock(mutex_);
    const std::uint64_t number = taken_++;
    ended_.wait(lock, [&] { return number < finished_ + most_; });
    return Turn(*this);
}

void Turns::Turn::end() noexcept {
    Turns* const turns = std::exchange(turns_, nullptr);
    if (turns == nullptr) return;
    {
        const std::scoped_lock lock(turns->mutex_);
        ++turns->finished_;
    }
    turns->ended_.notify_all();
}

}  // namespace visavis::face
