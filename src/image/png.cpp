// libpng reports errors by longjmp, which crosses only run_libpng(): see jpeg.cpp. Rows are averaged into the
// reduced picture as they come, so a large PNG never stands in memory whole (interlaced ones excepted: they
// need all passes).
#include <algorithm>
#include <csetjmp>
#include <cstring>

#include <png.h>

#include "image/codecs.h"

namespace visavis::image {
namespace {

struct Source {
    ByteView left;
};

struct Job {
    Source source;
    int enough_pixels;
    Raster raster;
    int step{1};
    std::vector<std::uint8_t> rows;   // one row, or all rows of an interlaced picture
    std::vector<std::uint32_t> sums;  // of the `step` rows that make one reduced row
    Error refusal;
};

void read_bytes(png_structp png, png_bytep out, png_size_t count) {
    auto& source = *static_cast<Source*>(png_get_io_ptr(png));
    if (source.left.size() < count) png_error(png, "truncated");
    std::memcpy(out, source.left.data(), count);
    source.left = source.left.subspan(count);
}

void ignore_warning(png_structp /*png*/, png_const_charp /*text*/) {}

[[noreturn]] void on_error(png_structp png, png_const_charp /*text*/) {
    png_longjmp(png, 1);
}

// Never inlined: its objects with destructors must not share the frame that longjmp returns to.
[[gnu::noinline]] bool prepare(png_structp png, png_infop info, Job& job) {
    const png_uint_32 width = png_get_image_width(png, info);
    const png_uint_32 height = png_get_image_height(png, info);
    const bool interlaced = png_get_interlace_type(png, info) != PNG_INTERLACE_NONE;
    if (const auto checked = check_sides(width, height); !checked) {
        job.refusal = checked.error();
        return false;
    }
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_gray_to_rgb(png);
    png_set_bgr(png);
    const png_color_16 white{.index = 0, .red = 255, .green = 255, .blue = 255, .gray = 255};
    png_set_background(png, &white, PNG_BACKGROUND_GAMMA_SCREEN, 0, 1.0);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) != png_size_t{width} * 3) png_error(png, "unexpected row size");

    Raster& raster = job.raster;
    raster.full_width = static_cast<int>(width);
    raster.full_height = static_cast<int>(height);
    job.step = reduction(raster.full_width, raster.full_height, job.enough_pixels);
    raster.width = raster.full_width / job.step;
    raster.height = raster.full_height / job.step;
    const auto pixels = static_cast<std::size_t>(raster.width) * static_cast<std::size_t>(raster.height);
    auto lease = PixelLease::take(pixels + (interlaced ? std::size_t{width} * height : 0));
    if (!lease) {
        job.refusal = lease.error();
        return false;
    }
    raster.lease = std::move(*lease);
    raster.bgr.resize(pixels * 3);
    job.rows.resize(std::size_t{width} * 3 * (interlaced ? height : 1));
    job.sums.assign(static_cast<std::size_t>(raster.width) * 3, 0);
    return true;
}

void add_row(Job& job, const std::uint8_t* row, int y) {
    const int step = job.step;
    if (y / step >= job.raster.height) return;
    for (int x = 0; x < job.raster.width * step; ++x)
        for (int k = 0; k < 3; ++k)
            job.sums[static_cast<std::size_t>(x / step) * 3 + static_cast<std::size_t>(k)] += row[x * 3 + k];
    if (y % step != step - 1) return;
    const auto area = static_cast<std::uint32_t>(step * step);
    std::uint8_t* out = job.raster.bgr.data() + static_cast<std::size_t>(y / step) * job.sums.size();
    for (std::uint32_t& sum : job.sums) {
        *out++ = static_cast<std::uint8_t>((sum + area / 2) / area);
        sum = 0;
    }
}

bool run_libpng(Job& job) {
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, on_error, ignore_warning);
    if (png == nullptr) return false;
    png_infop info = png_create_info_struct(png);
    if (info == nullptr || setjmp(png_jmpbuf(png)) != 0) {  // NOLINT(cert-err52-cpp): libpng has no other way
        png_destroy_read_struct(&png, &info, nullptr);
        return false;
    }
    png_set_user_limits(png, 1U << 24U, 1U << 24U);
    png_set_chunk_malloc_max(png, 8U << 20U);
    // No texts, palettes to choose from or unknown chunks are kept: each may unpack to 8 MiB, and nobody
    // reads them.
    png_set_chunk_cache_max(png, 1);
    png_set_read_fn(png, &job.source, read_bytes);
    png_read_info(png, info);
    if (!prepare(png, info, job)) {
        png_destroy_read_struct(&png, &info, nullptr);
        return false;
    }
    const auto stride = static_cast<std::size_t>(job.raster.full_width) * 3;
    const bool whole = job.rows.size() > stride;
    const int passes = whole ? png_set_interlace_handling(png) : 1;
    for (int pass = 0; pass < passes; ++pass)
        for (int y = 0; y < job.raster.full_height; ++y) {
            std::uint8_t* row = job.rows.data() + (whole ? static_cast<std::size_t>(y) * stride : 0);
            png_read_row(png, row, nullptr);
            if (pass == passes - 1) add_row(job, row, y);
        }
    png_read_end(png, nullptr);
    png_destroy_read_struct(&png, &info, nullptr);
    return true;
}

}  // namespace

Result<Raster> decode_png(ByteView bytes, int enough_pixels) {
    Job job{.source = {bytes},
            .enough_pixels = enough_pixels,
            .raster = {},
            .rows = {},
            .sums = {},
            .refusal = invalid_format("the PNG is cut off or damaged")};
    if (!run_libpng(job)) return std::unexpected(job.refusal);
    job.raster.lease.shrink(job.raster.bgr.size() / 3);
    return std::move(job.raster);
}

}  // namespace visavis::image
