// SSE4.2: as avx2.cpp, with registers of half the width.
#ifdef __x86_64__

#include <nmmintrin.h>

#include "match/kernels/kernels.h"
#include "match/kernels/refine.h"
#include "match/kernels/refine_128.h"

namespace visavis::match::kernels {
namespace {

constexpr std::size_t kEighths = 8;      // of 4 rows
constexpr std::size_t kGroupsInSum = 4;  // as in avx2.cpp

struct Sums {
    __m128i of[kEighths];
};

Sums dots(const std::uint8_t* codes, const std::int8_t* query, std::size_t query_stride, std::size_t groups) {
    const __m128i nibble = _mm_set1_epi8(15);
    const __m128i ones = _mm_set1_epi16(1);
    Sums sums;
    for (auto& sum : sums.of) sum = _mm_setzero_si128();
    for (std::size_t start = 0; start < groups; start += kGroupsInSum) {
        __m128i narrow[kEighths];
        for (auto& sum : narrow) sum = _mm_setzero_si128();
        for (std::size_t group = start; group < start + kGroupsInSum; ++group) {
            const __m128i low_codes = _mm_set1_epi32(*reinterpret_cast<const int*>(query));
            const __m128i high_codes = _mm_set1_epi32(*reinterpret_cast<const int*>(query + 4));
            query += query_stride;
            for (std::size_t eighth = 0; eighth < kEighths; ++eighth) {
                const std::uint8_t* bytes = codes + group * kGroupBytes + eighth * 16;
                const __m128i both = _mm_load_si128(reinterpret_cast<const __m128i*>(bytes));
                const __m128i low = _mm_and_si128(both, nibble);
                const __m128i high = _mm_and_si128(_mm_srli_epi16(both, 4), nibble);
                narrow[eighth] = _mm_add_epi16(
                    narrow[eighth],
                    _mm_add_epi16(_mm_maddubs_epi16(low, low_codes), _mm_maddubs_epi16(high, high_codes)));
            }
        }
        for (std::size_t eighth = 0; eighth < kEighths; ++eighth)
            sums.of[eighth] = _mm_add_epi32(sums.of[eighth], _mm_madd_epi16(narrow[eighth], ones));
    }
    return sums;
}

__m128 widened(const std::uint8_t* bytes) {
    return _mm_cvtepi32_ps(_mm_cvtepu8_epi32(_mm_cvtsi32_si128(*reinterpret_cast<const int*>(bytes))));
}

std::size_t scan(const Area& area, std::size_t first, const Batch& batch, Candidate* out, std::size_t room,
                 std::size_t* found) {
    const std::size_t stride = kHeadBytes + area.groups * kGroupBytes;
    std::size_t count = 0;
    std::size_t index = first;
    for (; index < area.block_count && room - count >= batch.count * kBlockRows; ++index) {
        const std::uint8_t* block = area.blocks + index * stride;
        for (std::size_t query = 0; query < batch.count; ++query) {
            const Cut& cut = batch.cuts[query];
            const Sums sums =
                dots(block + kHeadBytes, batch.codes + query * kGroup, batch.count * kGroup, area.groups);
            for (std::size_t eighth = 0; eighth < kEighths; ++eighth) {
                const __m128 scale = widened(block + eighth * 4);
                const __m128 slack = widened(block + kBlockRows + eighth * 4);
                const std::size_t row = index * kBlockRows + eighth * 4;
                const __m128 centred = _mm_add_ps(_mm_cvtepi32_ps(sums.of[eighth]), _mm_set1_ps(cut.bias));
                __m128 bound = _mm_mul_ps(scale, _mm_add_ps(_mm_mul_ps(centred, _mm_set1_ps(cut.gain)),
                                                            _mm_mul_ps(slack, _mm_set1_ps(cut.slack_gain))));
                if (area.weights != nullptr) {
                    const __m128 half_one = _mm_set1_ps(0.5F);
                    const __m128 weight = _mm_add_ps(_mm_mul_ps(_mm_loadu_ps(area.weights + row), half_one),
                                                     _mm_set1_ps(cut.weight));
                    const __m128 offset = _mm_add_ps(_mm_mul_ps(_mm_loadu_ps(area.offsets + row), half_one),
                                                     _mm_set1_ps(cut.offset));
                    bound = _mm_max_ps(_mm_add_ps(bound, _mm_set1_ps(cut.rest)), _mm_set1_ps(-1));
                    bound = _mm_sub_ps(_mm_mul_ps(bound, weight), offset);
                }
                const __m128 reached = _mm_cmpge_ps(bound, _mm_set1_ps(cut.cut));
                const __m128 present = _mm_cmpgt_ps(scale, _mm_setzero_ps());
                auto hits = static_cast<unsigned>(_mm_movemask_ps(_mm_and_ps(reached, present)));
                if (hits == 0) [[likely]]
                    continue;
                alignas(16) std::int32_t lanes[4];
                _mm_store_si128(reinterpret_cast<__m128i*>(lanes), sums.of[eighth]);
                for (; hits != 0; hits &= hits - 1) {
                    const auto lane = static_cast<std::uint32_t>(__builtin_ctz(hits));
                    const std::uint32_t number = static_cast<std::uint32_t>(row) + lane;
                    out[count++] = {number, static_cast<std::uint16_t>(query), block[eighth * 4 + lane],
                                    lanes[lane]};
                }
            }
        }
    }
    *found = count;
    return index;
}

std::uint64_t read(const std::uint8_t* from, std::size_t bytes) {
    __m128i sum = _mm_setzero_si128();
    for (std::size_t b = 0; b < bytes; b += 16)
        sum = _mm_xor_si128(sum, _mm_load_si128(reinterpret_cast<const __m128i*>(from + b)));
    alignas(16) std::uint64_t words[2];
    _mm_store_si128(reinterpret_cast<__m128i*>(words), sum);
    return words[0] ^ words[1];
}

}  // namespace

const Kernel kSse42{.name = "sse4.2", .scan = scan, .refine = refine_all<refine_row_128>, .read = read};

}  // namespace visavis::match::kernels

#endif
