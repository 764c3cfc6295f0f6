// How each kernel's refine() goes through its candidates. Everything here has internal linkage, so that no
// file's copy is taken for another's (kernels.h).
#pragma once

#include "match/kernels/kernels.h"

namespace visavis::match::kernels {

/// Σ nibble · query code over one row of lower halves.
using RefineRow = std::int32_t (*)(const std::uint8_t* row, const std::int8_t* low_codes,
                                   const std::int8_t* high_codes, std::size_t bytes);

template <RefineRow kRow>
static void refine_all(const Area& area, const Batch& batch, const Candidate* candidates, std::size_t count,
                       std::int32_t* sums) {
    const std::size_t bytes = area.groups * 4;
    for (std::size_t i = 0; i < count; ++i) {
        if (i + kRefineAhead < count) {
            const std::uint8_t* next = area.low + candidates[i + kRefineAhead].row * bytes;
            for (std::size_t b = 0; b < bytes; b += 64) __builtin_prefetch(next + b);
        }
        const Candidate& one = candidates[i];
        sums[i] =
            kRow(area.low + one.row * bytes, batch.low_codes[one.query], batch.high_codes[one.query], bytes);
    }
}

}  // namespace visavis::match::kernels
