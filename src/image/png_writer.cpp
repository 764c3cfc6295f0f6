#include "image/png_writer.h"

#include <fmt/format.h>
#include <png.h>

namespace visavis::image {

Result<Bytes> encode_png(int width, int height, std::span<const std::uint8_t> bgr) {
    if (width <= 0 || height <= 0 ||
        bgr.size() != static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("{} bytes are no picture of {} x {} pixels", bgr.size(), width, height));
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(width);
    image.height = static_cast<png_uint_32>(height);
    image.format = PNG_FORMAT_BGR;
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    Bytes png(size);
    if (png_image_write_to_memory(&image, png.data(), &size, 0, bgr.data(), 0, nullptr) == 0)
        return fail(ErrorCode::kInternal, fmt::format("the PNG cannot be written: {}", &image.message[0]));
    png.resize(size);
    return png;
}

}  // namespace visavis::image
