// What the AVX-512 kernels share. Everything here has internal linkage, so that no file's copy is taken for
// another's (kernels.h).
#pragma once

#include <immintrin.h>

#include "match/kernels/kernels.h"

namespace visavis::match::kernels {

/// A few units of Σ upper nibble · code: more than single precision loses of numbers up to 2^23, and of a
/// cosine some 0.0005.
static constexpr int kUnsure = 8;

/// Scale and slack of 16 rows, and which of them are rows at all.
struct Sixteen {
    __mmask16 rows;
    __m512 scale;
    __m512 slack;
};

/// `head`: of a block, from its first or its second 16 rows on.
static inline Sixteen sixteen_of(const std::uint8_t* head) {
    const __m128i scale = _mm_load_si128(reinterpret_cast<const __m128i*>(head));
    const __m128i slack = _mm_load_si128(reinterpret_cast<const __m128i*>(head + kBlockRows));
    return {_mm_test_epi8_mask(scale, scale), _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(scale)),
            _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(slack))};
}

/// Half of what 16 rows have of weights or of offsets.
static inline __m512 half_of(const float* numbers) {
    return _mm512_mul_ps(_mm512_loadu_ps(numbers), _mm512_set1_ps(0.5F));
}

}  // namespace visavis::match::kernels
