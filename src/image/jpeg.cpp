// libjpeg reports errors by longjmp. It crosses only run_libjpeg(), which holds nothing that needs a
// destructor.
#include <algorithm>
#include <csetjmp>
#include <cstdio>

#include <jerror.h>
#include <jpeglib.h>
#include <libexif/exif-data.h>

#include "image/codecs.h"

namespace visavis::image {
namespace {

struct ErrorManager {
    jpeg_error_mgr base;
    const std::uint8_t* begin;  // of the file
    std::jmp_buf jump;
};

[[noreturn]] void on_error(j_common_ptr info) {
    // NOLINTNEXTLINE(cert-err52-cpp): libjpeg has no other way
    std::longjmp(reinterpret_cast<ErrorManager*>(info->err)->jump, 1);
}

// A few kilobytes can hold thousands of scans over a large picture; encoders write about ten.
constexpr int kMostScans = 100;

void on_progress(j_common_ptr info) {
    if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > kMostScans) on_error(info);
}

// Cameras leave a few bytes of padding between segments and before the end. What else is skipped is the rest
// of a scan whose decoding went astray.
bool is_padding(j_common_ptr info) {
    constexpr int kMostBytes = 64;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-union-access): libjpeg's interface
    const int count = info->err->msg_parm.i[0];
    const std::uint8_t* end = reinterpret_cast<j_decompress_ptr>(info)->src->next_input_byte;
    const std::uint8_t* begin = reinterpret_cast<const ErrorManager*>(info->err)->begin;
    return count <= kMostBytes && end - begin >= count &&
           std::all_of(end - count, end, [](std::uint8_t byte) { return byte == 0; });
}

// Warnings (level −1) are corrupt or missing data: a half-grey picture must not pass for a photograph. Not so
// what only colour management and a version number say, and padding.
void on_message(j_common_ptr info, int level) {
    const int code = info->err->msg_code;
    const bool harmless = code == JWRN_BOGUS_ICC || code == JWRN_JFIF_MAJOR ||
                          (code == JWRN_EXTRANEOUS_DATA && is_padding(info));
    if (level < 0 && !harmless) on_error(info);
}

enum class Outcome { kDecoded, kCorrupt, kRefused };

struct Job {
    ByteView bytes;
    int enough_pixels;
    Raster* raster;
    std::vector<std::uint8_t>* cmyk_row;
    Error* refusal;
};

std::uint8_t times(int a, int b) {
    return static_cast<std::uint8_t>((a * b + 127) / 255);
}

// Adobe writes CMYK inverted (255 = no ink), and so does everyone who followed.
void cmyk_to_bgr(const std::uint8_t* cmyk, std::uint8_t* bgr, int width, bool inverted) {
    for (int x = 0; x < width; ++x, cmyk += 4, bgr += 3)
        for (int k = 0; k < 3; ++k)
            bgr[2 - k] = inverted ? times(cmyk[k], cmyk[3]) : times(255 - cmyk[k], 255 - cmyk[3]);
}

/// What libjpeg holds of a picture in several scans: all of its coefficients, 2 bytes each, before the first
/// row comes out. In pixels of 3 bytes.
std::size_t coefficient_pixels(const jpeg_decompress_struct& info) {
    if (info.progressive_mode == FALSE && info.comps_in_scan == info.num_components) return 0;
    std::size_t bytes = 0;
    for (int i = 0; i < info.num_components; ++i)
        bytes += std::size_t{info.comp_info[i].width_in_blocks} * info.comp_info[i].height_in_blocks *
                 DCTSIZE2 * sizeof(JCOEF);
    return bytes / 3;
}

/// EXIF orientation 1…8; 1 where there is none or it is out of range.
int jpeg_orientation(ByteView bytes) {
    ExifData* data = exif_data_new_from_data(bytes.data(), static_cast<unsigned>(bytes.size()));
    if (data == nullptr) return 1;
    int orientation = 1;
    const ExifEntry* entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
    if (entry != nullptr && entry->format == EXIF_FORMAT_SHORT && entry->components == 1 && entry->size >= 2)
        orientation = exif_get_short(entry->data, exif_data_get_byte_order(data));
    exif_data_unref(data);
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
}

// Never inlined: its objects with destructors must not share the frame that longjmp returns to.
[[gnu::noinline]] bool prepare(jpeg_decompress_struct& info, const Job& job) {
    const auto checked = check_sides(info.image_width, info.image_height);
    if (!checked) {
        *job.refusal = checked.error();
        return false;
    }
    Raster& raster = *job.raster;
    raster.full_width = static_cast<int>(info.image_width);
    raster.full_height = static_cast<int>(info.image_height);
    info.scale_num = 1;
    info.scale_denom =
        static_cast<unsigned>(reduction(raster.full_width, raster.full_height, job.enough_pixels));
    const bool four_inks = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
    info.out_color_space = four_inks ? JCS_CMYK : JCS_EXT_BGR;
    jpeg_calc_output_dimensions(&info);
    raster.width = static_cast<int>(info.output_width);
    raster.height = static_cast<int>(info.output_height);
    const std::size_t pixels = std::size_t{info.output_width} * info.output_height;
    raster.orientation = jpeg_orientation(job.bytes);
    const std::size_t turned = raster.orientation == 1 ? 0 : pixels;
    auto lease = PixelLease::take(pixels + std::max(coefficient_pixels(info), turned));
    if (!lease) {
        *job.refusal = lease.error();
        return false;
    }
    raster.lease = std::move(*lease);
    raster.bgr.resize(pixels * 3);
    if (four_inks) job.cmyk_row->resize(std::size_t{info.output_width} * 4);
    return true;
}

Outcome run_libjpeg(const Job& job) {
    jpeg_decompress_struct info{};
    ErrorManager errors{};
    info.err = jpeg_std_error(&errors.base);
    errors.begin = job.bytes.data();
    errors.base.error_exit = on_error;
    errors.base.emit_message = on_message;
    if (setjmp(errors.jump) != 0) {  // NOLINT(cert-err52-cpp): libjpeg has no other way
        jpeg_destroy_decompress(&info);
        return Outcome::kCorrupt;
    }
    jpeg_create_decompress(&info);
    jpeg_progress_mgr progress{};
    progress.progress_monitor = on_progress;
    info.progress = &progress;
    jpeg_mem_src(&info, job.bytes.data(), job.bytes.size());
    jpeg_read_header(&info, TRUE);
    if (!prepare(info, job)) {
        jpeg_destroy_decompress(&info);
        return Outcome::kRefused;
    }
    jpeg_start_decompress(&info);
    while (info.output_scanline < info.output_height) {
        std::uint8_t* target =
            job.raster->bgr.data() + std::size_t{info.output_scanline} * info.output_width * 3;
        std::uint8_t* row = job.cmyk_row->empty() ? target : job.cmyk_row->data();
        jpeg_read_scanlines(&info, &row, 1);
        if (!job.cmyk_row->empty())
            cmyk_to_bgr(row, target, static_cast<int>(info.output_width), info.saw_Adobe_marker != 0);
    }
    jpeg_finish_decompress(&info);
    jpeg_destroy_decompress(&info);
    return Outcome::kDecoded;
}

}  // namespace

Result<Raster> decode_jpeg(ByteView bytes, int enough_pixels) {
    Raster raster;
    std::vector<std::uint8_t> cmyk_row;
    Error refusal = invalid_format("the JPEG is cut off, damaged or of a kind that libjpeg does not read");
    const Job job{.bytes = bytes,
                  .enough_pixels = enough_pixels,
                  .raster = &raster,
                  .cmyk_row = &cmyk_row,
                  .refusal = &refusal};
    if (run_libjpeg(job) != Outcome::kDecoded) return std::unexpected(refusal);
    raster.lease.shrink(raster.bgr.size() / 3 * (raster.orientation == 1 ? 1 : 2));
    return raster;
}

}  // namespace visavis::image
