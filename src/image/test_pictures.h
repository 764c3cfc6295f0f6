// Pictures that tests write themselves: no photograph is shipped.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <jpeglib.h>
#include <png.h>

#include "base/bytes.h"
#include "image/picture.h"

namespace visavis::image::testing {

/// Four flat quarters in displayed orientation: red, green above blue, white. `channel` is 0 for red.
inline int quarter(int x, int y, int width, int height, int channel) {
    const bool right = x >= width / 2;
    const bool below = y >= height / 2;
    if (right && below) return 255;
    const int lit = below ? 2 : right ? 1 : 0;
    return channel == lit ? 255 : 0;
}

struct JpegKind {
    int width{160};
    int height{120};
    int components{3};  ///< 1 grey, 3 colour, 4 CMYK as Adobe writes it
    bool progressive{false};
    int orientation{0};  ///< 0: no EXIF
    int scans{0};        ///< more than the usual scans of a progressive picture
};

inline Bytes exif_with_orientation(int orientation) {
    Bytes exif = {'E', 'x', 'i', 'f',  0,    0, 'M', 'M', 0, 42, 0, 0, 0,
                  8,   0,   1,   0x01, 0x12, 0, 3,   0,   0, 0,  1, 0};
    exif.insert(exif.end(), {static_cast<std::uint8_t>(orientation), 0, 0, 0, 0, 0, 0});
    return exif;
}

/// A JPEG of quality 95 whose stored pixel (x, y) has the value sample(x, y, channel).
inline Bytes jpeg(const JpegKind& kind, const std::function<int(int, int, int)>& sample) {
    jpeg_compress_struct info{};
    jpeg_error_mgr errors{};
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    unsigned char* out = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&info, &out, &size);
    info.image_width = static_cast<JDIMENSION>(kind.width);
    info.image_height = static_cast<JDIMENSION>(kind.height);
    info.input_components = kind.components;
    info.in_color_space = kind.components == 1 ? JCS_GRAYSCALE : kind.components == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, 95, TRUE);
    if (kind.progressive) jpeg_simple_progression(&info);
    std::vector<jpeg_scan_info> scans;
    if (kind.scans > 0) {
        scans.push_back({kind.components, {0, 1, 2, 3}, 0, 0, 0, 1});
        // Refinements of one coefficient, one bit at a time, cannot be that many: bands of one instead.
        for (int i = 0; i < kind.scans; ++i)
            scans.push_back(
                {1, {i % kind.components, 0, 0, 0}, 1 + i / kind.components, 1 + i / kind.components, 0, 0});
        scans.push_back({kind.components, {0, 1, 2, 3}, 0, 0, 1, 0});
        info.scan_info = scans.data();
        info.num_scans = static_cast<int>(scans.size());
    }
    if (kind.components == 4) info.write_Adobe_marker = TRUE;
    jpeg_start_compress(&info, TRUE);
    if (kind.orientation != 0) {
        const Bytes exif = exif_with_orientation(kind.orientation);
        jpeg_write_marker(&info, JPEG_APP0 + 1, exif.data(), static_cast<unsigned>(exif.size()));
    }
    std::vector<std::uint8_t> row;
    for (int y = 0; y < kind.height; ++y) {
        row.clear();
        for (int x = 0; x < kind.width; ++x)
            for (int k = 0; k < kind.components; ++k)
                row.push_back(static_cast<std::uint8_t>(sample(x, y, k)));
        std::uint8_t* pointer = row.data();
        jpeg_write_scanlines(&info, &pointer, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    Bytes bytes(out, out + size);
    std::free(out);  // NOLINT(cppcoreguidelines-no-malloc): libjpeg took it from malloc
    return bytes;
}

struct PngKind {
    int width{160};
    int height{120};
    int type{PNG_COLOR_TYPE_RGB};
    int depth{8};
    bool interlaced{false};
    int transparent_grey{-1};  ///< a tRNS chunk for this grey
    std::vector<png_color> palette;
    Bytes palette_alpha;
    int texts{0};  ///< compressed texts of 7 MB each
};

inline void append_png(png_structp png, png_bytep bytes, png_size_t count) {
    auto& out = *static_cast<Bytes*>(png_get_io_ptr(png));
    out.insert(out.end(), bytes, bytes + count);
}

/// A PNG whose samples are sample(x, y, channel), of `depth` bits each.
inline Bytes png(const PngKind& kind, const std::function<int(int, int, int)>& sample) {
    png_structp writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(writer);
    Bytes out;
    png_set_write_fn(writer, &out, append_png, nullptr);
    png_set_user_limits(writer, 1U << 24U, 1U << 24U);
    png_set_compression_level(writer, 1);
    png_set_IHDR(writer, info, static_cast<png_uint_32>(kind.width), static_cast<png_uint_32>(kind.height),
                 kind.depth, kind.type, kind.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (!kind.palette.empty())
        png_set_PLTE(writer, info, kind.palette.data(), static_cast<int>(kind.palette.size()));
    png_color_16 grey{};
    grey.gray = static_cast<png_uint_16>(kind.transparent_grey);
    if (kind.transparent_grey >= 0) png_set_tRNS(writer, info, nullptr, 0, &grey);
    if (!kind.palette_alpha.empty())
        png_set_tRNS(writer, info, kind.palette_alpha.data(), static_cast<int>(kind.palette_alpha.size()),
                     nullptr);
    std::string text(kind.texts > 0 ? 7'000'000 : 0, ' ');
    std::string keyword = "Comment";
    png_text comment{};
    comment.compression = PNG_TEXT_COMPRESSION_zTXt;
    comment.key = keyword.data();
    comment.text = text.data();
    comment.text_length = text.size();
    for (int i = 0; i < kind.texts; ++i) png_set_text(writer, info, &comment, 1);
    png_write_info(writer, info);
    const int channels = png_get_channels(writer, info);
    const auto stride = png_get_rowbytes(writer, info);
    std::vector<std::uint8_t> row(stride);
    const int passes = png_set_interlace_handling(writer);
    for (int pass = 0; pass < passes; ++pass)
        for (int y = 0; y < kind.height; ++y) {
            std::ranges::fill(row, std::uint8_t{0});
            for (int x = 0; x < kind.width; ++x)
                for (int k = 0; k < channels; ++k) {
                    const int value = sample(x, y, k);
                    const auto index = static_cast<std::size_t>(x) * static_cast<std::size_t>(channels) +
                                       static_cast<std::size_t>(k);
                    if (kind.depth == 16) {
                        row[index * 2] = static_cast<std::uint8_t>(value >> 8);
                        row[index * 2 + 1] = static_cast<std::uint8_t>(value & 255);
                    } else {
                        const auto depth = static_cast<std::size_t>(kind.depth);
                        const std::size_t bit = index * depth;
                        row[bit / 8] |= static_cast<std::uint8_t>(value << (8 - depth - bit % 8));
                    }
                }
            png_write_row(writer, row.data());
        }
    png_write_end(writer, nullptr);
    png_destroy_write_struct(&writer, &info);
    return out;
}

inline ErrorCode code_of(const Result<Picture>& result) {
    return result ? ErrorCode::kInternal : result.error().code;
}

inline Bytes quarters_jpeg(JpegKind kind) {
    return jpeg(kind, [&](int x, int y, int k) { return quarter(x, y, kind.width, kind.height, k); });
}

inline Bytes quarters_png(PngKind kind, int most = 255) {
    return png(kind, [&](int x, int y, int k) {
        return k == 3 ? most : quarter(x, y, kind.width, kind.height, k) / 255 * most;
    });
}

}  // namespace visavis::image::testing
