#include "image/pixel_budget.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>

#include <fmt/format.h>

#include "base/limits.h"

namespace visavis::image {
namespace {

struct Budget {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t used{};                 // by mutex, like all below
    std::deque<std::uint64_t> waiting;  // tickets, in the order of asking: a large picture has its turn, too
    std::uint64_t tickets{};
};

/// One for the process.
Budget& budget() {
    static Budget one;
    return one;
}

void give_back(std::size_t pixels) noexcept {
    Budget& all = budget();
    {
        const std::lock_guard lock(all.mutex);
        all.used -= pixels;
    }
    all.changed.notify_all();
}

}  // namespace

Result<PixelLease> PixelLease::take(std::size_t pixels) {
    if (pixels > limits::kDecodedPixelsInFlight)
        return fail(
            ErrorCode::kImageTooLarge,
            fmt::format(
                "Image size is too large: decoding it takes the memory of {} pixels, and all pictures "
                "together may take that of {}",
                pixels, limits::kDecodedPixelsInFlight));
    Budget& all = budget();
    std::unique_lock lock(all.mutex);
    const std::uint64_t ticket = all.tickets++;
    all.waiting.push_back(ticket);
    const bool room = all.changed.wait_for(lock, limits::kPixelWait, [&] {
        return all.waiting.front() == ticket && all.used + pixels <= limits::kDecodedPixelsInFlight;
    });
    std::erase(all.waiting, ticket);
    if (room) all.used += pixels;
    lock.unlock();
    all.changed.notify_all();  // the next one's turn
    if (!room) return fail(ErrorCode::kThrottled, "too many large images are being decoded; try again");
    return PixelLease(pixels);
}

PixelLease::~PixelLease() {
    if (pixels_ > 0) give_back(pixels_);
}

void PixelLease::shrink(std::size_t pixels) noexcept {
    if (pixels_ <= pixels) return;
    give_back(pixels_ - pixels);
    pixels_ = pixels;
}

std::size_t PixelLease::waiting() {
    Budget& all = budget();
    const std::lock_guard lock(all.mutex);
    return all.waiting.size();
}

std::size_t PixelLease::in_use() noexcept {
    Budget& all = budget();
    const std::lock_guard lock(all.mutex);
    return all.used;
}

}  // namespace visavis::image
