// One row of lower halves in registers of 128 bits, for SSE4.2 and AVX2. Internal linkage, as in refine.h.
#pragma once

#include <smmintrin.h>

#include "match/kernels/kernels.h"

namespace visavis::match::kernels {

static std::int32_t refine_row_128(const std::uint8_t* row, const std::int8_t* low_codes,
                                   const std::int8_t* high_codes, std::size_t bytes) {
    const __m128i nibble = _mm_set1_epi8(15);
    const __m128i ones = _mm_set1_epi16(1);
    __m128i sum = _mm_setzero_si128();
    for (std::size_t b = 0; b < bytes; b += 16) {
        const __m128i both = _mm_loadu_si128(reinterpret_cast<const __m128i*>(row + b));
        const __m128i low = _mm_maddubs_epi16(
            _mm_and_si128(both, nibble), _mm_loadu_si128(reinterpret_cast<const __m128i*>(low_codes + b)));
        const __m128i high =
            _mm_maddubs_epi16(_mm_and_si128(_mm_srli_epi16(both, 4), nibble),
                              _mm_loadu_si128(reinterpret_cast<const __m128i*>(high_codes + b)));
        sum = _mm_add_epi32(sum, _mm_madd_epi16(_mm_add_epi16(low, high), ones));
    }
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4E));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xB1));
    return _mm_cvtsi128_si32(sum);
}

}  // namespace visavis::match::kernels
