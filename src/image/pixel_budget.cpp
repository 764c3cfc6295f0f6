#include "image/pixel_budget.h"

#include <atomic>

#include "base/limits.h"

namespace visavis::image {
namespace {

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): one budget for the process
std::atomic<std::size_t> used{0};

}  // namespace

Result<PixelLease> PixelLease::take(std::size_t pixels) {
    if (pixels > limits::kDecodedPixelsInFlight)
        return fail(ErrorCode::kImageTooLarge, "Image size is too large.");
    std::size_t before = used.load();
    do {
        if (before + pixels > limits::kDecodedPixelsInFlight)
            return fail(ErrorCode::kThrottled, "too many large images are being decoded; try again");
    } while (!used.compare_exchange_weak(before, before + pixels));
    return PixelLease(pixels);
}

PixelLease::~PixelLease() {
    used -= pixels_;
}

void PixelLease::shrink(std::size_t pixels) noexcept {
    if (pixels_ <= pixels) return;
    used -= pixels_ - pixels;
    pixels_ = pixels;
}

std::size_t PixelLease::in_use() noexcept {
    return used.load();
}

}  // namespace visavis::image
