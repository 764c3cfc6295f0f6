#include "image/pixel_budget.h"

#include <atomic>

#include "base/limits.h"

namespace visavis::image {
namespace {

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

std::size_t PixelLease::in_use() noexcept {
    return used.load();
}

}  // namespace visavis::image
