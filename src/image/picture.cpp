#include "image/picture.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/limits.h"
#include "image/codecs.h"

namespace visavis::image {
namespace {

constexpr std::array<std::uint8_t, 3> kJpegStart = {0xff, 0xd8, 0xff};
constexpr std::array<std::uint8_t, 8> kPngStart = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

bool starts_with(ByteView bytes, std::span<const std::uint8_t> start) {
    return bytes.size() >= start.size() && std::ranges::equal(bytes.first(start.size()), start);
}

/// EXIF orientation (CIPA DC-008, tag 0x0112): where the displayed pixel (x, y) stands in the stored raster.
std::vector<std::uint8_t> turn(const Raster& stored, int orientation, int width, int height) {
    std::vector<std::uint8_t> turned(stored.bgr.size());
    std::uint8_t* out = turned.data();
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            int u = orientation >= 5 ? y : x;
            int v = orientation >= 5 ? x : y;
            if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8)
                u = stored.width - 1 - u;
            if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7)
                v = stored.height - 1 - v;
            const std::uint8_t* in =
                stored.bgr.data() + (static_cast<std::size_t>(v) * static_cast<std::size_t>(stored.width) +
                                     static_cast<std::size_t>(u)) *
                                        3;
            out = std::copy_n(in, 3, out);
        }
    return turned;
}

}  // namespace

Picture::Picture(int width, int height, std::vector<std::uint8_t> bgr, int displayed_width,
                 int displayed_height, PixelLease lease)
    : width_(width),
      height_(height),
      displayed_width_(displayed_width),
      displayed_height_(displayed_height),
      bgr_(std::move(bgr)),
      lease_(std::move(lease)) {}

Error invalid_format(std::string_view why) {
    return {ErrorCode::kInvalidImageFormat, fmt::format("Request has invalid image format: {}", why)};
}

Result<void> check_sides(std::uint64_t width, std::uint64_t height) {
    const auto [least, most] = std::minmax(width, height);
    if (least < limits::kMinImageSide)
        return fail(
            ErrorCode::kInvalidParameter,
            fmt::format("Request has invalid parameters: image dimensions {} x {} are below the minimum of "
                        "{} pixels",
                        width, height, limits::kMinImageSide));
    if (most > limits::kMaxImageSide)
        return fail(ErrorCode::kImageTooLarge,
                    fmt::format("Input image dimensions {} x {} exceed maximum dimension size of {} pixels",
                                width, height, limits::kMaxImageSide));
    return {};
}

int reduction(int width, int height, int enough) noexcept {
    int step = 1;
    while (step < 8 && std::max(width, height) / (step * 2) >= enough) step *= 2;
    return step;
}

Result<Picture> decode(ByteView bytes, const DecodeOptions& options) {
    const bool jpeg = starts_with(bytes, kJpegStart);
    if (!jpeg && !starts_with(bytes, kPngStart)) {
        // The classic mistake: an SDK encodes Bytes itself, and the caller had done so already.
        if (as_text(bytes).starts_with("data:") || as_text(bytes).starts_with("/9j/") ||
            as_text(bytes).starts_with("iVBOR"))
            return std::unexpected(
                invalid_format("the bytes are base64 text; give the SDK the image's raw bytes"));
        return std::unexpected(invalid_format("the bytes are neither a JPEG nor a PNG"));
    }
    auto raster = jpeg ? decode_jpeg(bytes, options.enough_pixels) : decode_png(bytes, options.enough_pixels);
    if (!raster) return std::unexpected(raster.error());
    const int orientation = raster->orientation;
    if (orientation == 1)
        return Picture(raster->width, raster->height, std::move(raster->bgr), raster->full_width,
                       raster->full_height, std::move(raster->lease));
    const bool on_its_side = orientation >= 5;
    const int width = on_its_side ? raster->height : raster->width;
    const int height = on_its_side ? raster->width : raster->height;
    auto turned = turn(*raster, orientation, width, height);
    raster->bgr = {};
    raster->lease.shrink(turned.size() / 3);
    return Picture(width, height, std::move(turned), on_its_side ? raster->full_height : raster->full_width,
                   on_its_side ? raster->full_width : raster->full_height, std::move(raster->lease));
}

}  // namespace visavis::image
