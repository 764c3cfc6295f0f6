// AVX-512 with VNNI: one VPDPBUSD multiplies and adds 4 numbers of 16 rows.
#ifdef __x86_64__

#include "match/kernels/avx512.h"

#include <immintrin.h>

#include "match/kernels/kernels.h"
#include "match/kernels/refine.h"

namespace visavis::match::kernels {
namespace {

// What scale · (sum + slack · slack byte) of a row must reach with any query of a batch, in units of the
// sums: each part is that of the query that demands least. Rows that pass are judged query by query. Where
// rows have weights, what is demanded depends on row and query, and there is nothing to save.
struct Sieve {
    float asked;  // cut / gain
    float slack;  // slack gain / gain
};

Sieve sieve_of(const Batch& batch) {
    Sieve sieve{3e38F, 0};
    for (std::size_t query = 0; query < batch.count; ++query) {
        const Cut& cut = batch.cuts[query];
        const float asked = cut.cut / cut.gain;
        sieve.asked = asked < sieve.asked ? asked : sieve.asked;
        const float slack = cut.slack_gain / cut.gain;
        sieve.slack = slack > sieve.slack ? slack : sieve.slack;
    }
    return sieve;
}

// Of 16 rows, those whose largest sum passes.
template <std::size_t kQueries>
__mmask16 passing(const Sieve& sieve, const Sixteen& sixteen, const __m512i (&sums)[kQueries][2],
                  std::size_t half) {
    __m512i most = sums[0][half];
#pragma GCC unroll 8
    for (std::size_t query = 1; query < kQueries; ++query) most = _mm512_max_epi32(most, sums[query][half]);
    const __m512 reached =
        _mm512_fmadd_ps(sixteen.slack, _mm512_set1_ps(sieve.slack), _mm512_cvtepi32_ps(most));
    return _mm512_mask_cmp_ps_mask(sixteen.rows, _mm512_mul_ps(reached, sixteen.scale),
                                   _mm512_set1_ps(sieve.asked), _CMP_GE_OQ);
}

// Rows of 16 that reach a query's cut, written out; gives how many. `row` is the first, `scales` its byte,
// `sum` Σ upper nibble · code of each.
template <bool kWeighted>
std::size_t judge(const Area& area, const Cut& cut, const std::uint8_t* scales, std::size_t row,
                  const Sixteen& sixteen, __m512i sum, std::size_t query, Candidate* out) {
    const __m512 centred = _mm512_add_ps(_mm512_cvtepi32_ps(sum), _mm512_set1_ps(cut.bias));
    __m512 bound = _mm512_mul_ps(
        sixteen.scale, _mm512_fmadd_ps(centred, _mm512_set1_ps(cut.gain),
                                       _mm512_mul_ps(sixteen.slack, _mm512_set1_ps(cut.slack_gain))));
    if constexpr (kWeighted) {
        const __m512 weight = _mm512_add_ps(half_of(area.weights + row), _mm512_set1_ps(cut.weight));
        const __m512 offset = _mm512_add_ps(half_of(area.offsets + row), _mm512_set1_ps(cut.offset));
        bound = _mm512_max_ps(_mm512_add_ps(bound, _mm512_set1_ps(cut.rest)), _mm512_set1_ps(-1));
        bound = _mm512_fmsub_ps(bound, weight, offset);
    }
    unsigned hits = _mm512_mask_cmp_ps_mask(sixteen.rows, bound, _mm512_set1_ps(cut.cut), _CMP_GE_OQ);
    if (hits == 0) return 0;
    alignas(64) std::int32_t dots[16];
    _mm512_store_si512(dots, sum);
    std::size_t count = 0;
    do {
        const auto lane = static_cast<std::uint32_t>(__builtin_ctz(hits));
        out[count++] = {static_cast<std::uint32_t>(row) + lane, static_cast<std::uint16_t>(query),
                        scales[lane], dots[lane]};
        hits &= hits - 1;
    } while (hits != 0);
    return count;
}

// The sums stay in registers from the first group of a block to the last: the loops over queries are
// unrolled, and nothing takes the array's address before a row has passed.
template <std::size_t kQueries, bool kWeighted>
std::size_t scan_for(const Area& area, std::size_t first, const Batch& batch, Candidate* out,
                     std::size_t room, std::size_t* found) {
    const std::size_t groups = area.groups;
    const std::size_t stride = kHeadBytes + groups * kGroupBytes;
    const __m512i nibble = _mm512_set1_epi8(15);
    constexpr bool kSieved = kQueries > 1 && !kWeighted;
    const Sieve sieve = kSieved ? sieve_of(batch) : Sieve{};
    std::int32_t biases[kQueries];
    for (std::size_t query = 0; query < kQueries; ++query)
        biases[query] = kSieved ? static_cast<std::int32_t>(batch.cuts[query].bias) + kUnsure : 0;
    std::size_t count = 0;
    std::size_t index = first;
    for (; index < area.block_count && room - count >= kQueries * kBlockRows; ++index) {
        const std::uint8_t* block = area.blocks + index * stride;
        const std::uint8_t* bytes = block + kHeadBytes;
        const std::int8_t* codes = batch.codes;
        __m512i sums[kQueries][2];
#pragma GCC unroll 8
        for (std::size_t query = 0; query < kQueries; ++query)
            sums[query][0] = sums[query][1] = _mm512_set1_epi32(biases[query]);
        for (std::size_t group = 0; group < groups; ++group) {
            const __m512i both0 = _mm512_load_si512(bytes);
            const __m512i both1 = _mm512_load_si512(bytes + 64);
            bytes += kGroupBytes;
            const __m512i low0 = _mm512_and_si512(both0, nibble);
            const __m512i low1 = _mm512_and_si512(both1, nibble);
            const __m512i high0 = _mm512_and_si512(_mm512_srli_epi16(both0, 4), nibble);
            const __m512i high1 = _mm512_and_si512(_mm512_srli_epi16(both1, 4), nibble);
#pragma GCC unroll 8
            for (std::size_t query = 0; query < kQueries; ++query) {
                const __m512i low_codes = _mm512_set1_epi32(*reinterpret_cast<const int*>(codes));
                const __m512i high_codes = _mm512_set1_epi32(*reinterpret_cast<const int*>(codes + 4));
                sums[query][0] = _mm512_dpbusd_epi32(sums[query][0], low0, low_codes);
                sums[query][1] = _mm512_dpbusd_epi32(sums[query][1], low1, low_codes);
                sums[query][0] = _mm512_dpbusd_epi32(sums[query][0], high0, high_codes);
                sums[query][1] = _mm512_dpbusd_epi32(sums[query][1], high1, high_codes);
                codes += kGroup;
            }
        }
#pragma GCC unroll 2
        for (std::size_t half = 0; half < 2; ++half) {
            const std::uint8_t* scales = block + half * 16;
            Sixteen sixteen = sixteen_of(scales);
            const std::size_t row = index * kBlockRows + half * 16;
            if constexpr (kSieved) {
                sixteen.rows = passing<kQueries>(sieve, sixteen, sums, half);
                if (sixteen.rows == 0) [[likely]]
                    continue;
            }
#pragma GCC unroll 8
            for (std::size_t query = 0; query < kQueries; ++query)
                count +=
                    judge<kWeighted>(area, batch.cuts[query], scales, row, sixteen,
                                     _mm512_sub_epi32(sums[query][half], _mm512_set1_epi32(biases[query])),
                                     query, out + count);
        }
    }
    *found = count;
    return index;
}

template <bool kWeighted>
std::size_t scan_any(const Area& area, std::size_t first, const Batch& batch, Candidate* out,
                     std::size_t room, std::size_t* found) {
    switch (batch.count) {
        case 1:
            return scan_for<1, kWeighted>(area, first, batch, out, room, found);
        case 2:
            return scan_for<2, kWeighted>(area, first, batch, out, room, found);
        case 3:
            return scan_for<3, kWeighted>(area, first, batch, out, room, found);
        case 4:
            return scan_for<4, kWeighted>(area, first, batch, out, room, found);
        case 5:
            return scan_for<5, kWeighted>(area, first, batch, out, room, found);
        case 6:
            return scan_for<6, kWeighted>(area, first, batch, out, room, found);
        case 7:
            return scan_for<7, kWeighted>(area, first, batch, out, room, found);
        default:
            return scan_for<8, kWeighted>(area, first, batch, out, room, found);
    }
}

std::size_t scan(const Area& area, std::size_t first, const Batch& batch, Candidate* out, std::size_t room,
                 std::size_t* found) {
    return area.weights != nullptr ? scan_any<true>(area, first, batch, out, room, found)
                                   : scan_any<false>(area, first, batch, out, room, found);
}

std::int32_t refine_row(const std::uint8_t* row, const std::int8_t* low_codes, const std::int8_t* high_codes,
                        std::size_t bytes) {
    const __m512i nibble = _mm512_set1_epi8(15);
    __m512i low_sum = _mm512_setzero_si512();
    __m512i high_sum = _mm512_setzero_si512();
    for (std::size_t b = 0; b < bytes; b += 64) {
        const __mmask64 inside = bytes - b >= 64 ? ~0ULL : (1ULL << (bytes - b)) - 1;
        const __m512i both = _mm512_maskz_loadu_epi8(inside, row + b);
        const __m512i high = _mm512_and_si512(_mm512_srli_epi16(both, 4), nibble);
        low_sum = _mm512_dpbusd_epi32(low_sum, _mm512_and_si512(both, nibble),
                                      _mm512_maskz_loadu_epi8(inside, low_codes + b));
        high_sum = _mm512_dpbusd_epi32(high_sum, high, _mm512_maskz_loadu_epi8(inside, high_codes + b));
    }
    return _mm512_reduce_add_epi32(_mm512_add_epi32(low_sum, high_sum));
}

std::uint64_t read(const std::uint8_t* from, std::size_t bytes) {
    __m512i sum = _mm512_setzero_si512();
    for (std::size_t b = 0; b < bytes; b += 64) sum = _mm512_xor_si512(sum, _mm512_load_si512(from + b));
    alignas(64) std::uint64_t words[8];
    _mm512_store_si512(words, sum);
    return words[0] ^ words[1] ^ words[2] ^ words[3] ^ words[4] ^ words[5] ^ words[6] ^ words[7];
}

}  // namespace

const Kernel kAvx512Vnni{.name = "avx512vnni", .scan = scan, .refine = refine_all<refine_row>, .read = read};

}  // namespace visavis::match::kernels

#endif
