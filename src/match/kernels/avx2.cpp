// AVX2: VPMADDUBSW multiplies and adds 2 numbers of 16 sums; 15 · 127 · 2 leaves room for eight such sums in
// 16 bits before they must be widened.
#ifdef __x86_64__

#include <immintrin.h>

#include "match/kernels/kernels.h"
#include "match/kernels/refine.h"
#include "match/kernels/refine_128.h"

namespace visavis::match::kernels {
namespace {

constexpr std::size_t kQuarters = 4;     // of 8 rows
constexpr std::size_t kGroupsInSum = 4;  // two products a group: 4 · 2 · 3,810 < 32,768

struct Sums {
    __m256i of[kQuarters];
};

Sums dots(const std::uint8_t* codes, const std::int8_t* query, std::size_t query_stride, std::size_t groups) {
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i ones = _mm256_set1_epi16(1);
    Sums sums;
    for (auto& sum : sums.of) sum = _mm256_setzero_si256();
    for (std::size_t start = 0; start < groups; start += kGroupsInSum) {
        __m256i narrow[kQuarters];
        for (auto& sum : narrow) sum = _mm256_setzero_si256();
        for (std::size_t group = start; group < start + kGroupsInSum; ++group) {
            const __m256i low_codes = _mm256_set1_epi32(*reinterpret_cast<const int*>(query));
            const __m256i high_codes = _mm256_set1_epi32(*reinterpret_cast<const int*>(query + 4));
            query += query_stride;
            for (std::size_t quarter = 0; quarter < kQuarters; ++quarter) {
                const std::uint8_t* bytes = codes + group * kGroupBytes + quarter * 32;
                const __m256i both = _mm256_load_si256(reinterpret_cast<const __m256i*>(bytes));
                const __m256i low = _mm256_and_si256(both, nibble);
                const __m256i high = _mm256_and_si256(_mm256_srli_epi16(both, 4), nibble);
                narrow[quarter] = _mm256_add_epi16(narrow[quarter],
                                                   _mm256_add_epi16(_mm256_maddubs_epi16(low, low_codes),
                                                                    _mm256_maddubs_epi16(high, high_codes)));
            }
        }
        for (std::size_t quarter = 0; quarter < kQuarters; ++quarter)
            sums.of[quarter] = _mm256_add_epi32(sums.of[quarter], _mm256_madd_epi16(narrow[quarter], ones));
    }
    return sums;
}

__m256 widened(const std::uint8_t* bytes) {
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(bytes))));
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
            for (std::size_t quarter = 0; quarter < kQuarters; ++quarter) {
                const __m256 scale = widened(block + quarter * 8);
                const __m256 slack = widened(block + kBlockRows + quarter * 8);
                const std::size_t row = index * kBlockRows + quarter * 8;
                const __m256 centred =
                    _mm256_add_ps(_mm256_cvtepi32_ps(sums.of[quarter]), _mm256_set1_ps(cut.bias));
                __m256 bound = _mm256_mul_ps(
                    scale, _mm256_fmadd_ps(centred, _mm256_set1_ps(cut.gain),
                                           _mm256_mul_ps(slack, _mm256_set1_ps(cut.slack_gain))));
                if (area.weights != nullptr) {
                    const __m256 half_one = _mm256_set1_ps(0.5F);
                    const __m256 weight = _mm256_fmadd_ps(_mm256_loadu_ps(area.weights + row), half_one,
                                                          _mm256_set1_ps(cut.weight));
                    const __m256 offset = _mm256_fmadd_ps(_mm256_loadu_ps(area.offsets + row), half_one,
                                                          _mm256_set1_ps(cut.offset));
                    bound = _mm256_max_ps(_mm256_add_ps(bound, _mm256_set1_ps(cut.rest)), _mm256_set1_ps(-1));
                    bound = _mm256_fmsub_ps(bound, weight, offset);
                }
                const __m256 reached = _mm256_cmp_ps(bound, _mm256_set1_ps(cut.cut), _CMP_GE_OQ);
                const __m256 present = _mm256_cmp_ps(scale, _mm256_setzero_ps(), _CMP_GT_OQ);
                auto hits = static_cast<unsigned>(_mm256_movemask_ps(_mm256_and_ps(reached, present)));
                if (hits == 0) [[likely]]
                    continue;
                alignas(32) std::int32_t lanes[8];
                _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), sums.of[quarter]);
                for (; hits != 0; hits &= hits - 1) {
                    const auto lane = static_cast<std::uint32_t>(__builtin_ctz(hits));
                    const std::uint32_t number = static_cast<std::uint32_t>(row) + lane;
                    out[count++] = {number, static_cast<std::uint16_t>(query), block[quarter * 8 + lane],
                                    lanes[lane]};
                }
            }
        }
    }
    *found = count;
    return index;
}

std::uint64_t read(const std::uint8_t* from, std::size_t bytes) {
    __m256i sum = _mm256_setzero_si256();
    for (std::size_t b = 0; b < bytes; b += 32)
        sum = _mm256_xor_si256(sum, _mm256_load_si256(reinterpret_cast<const __m256i*>(from + b)));
    alignas(32) std::uint64_t words[4];
    _mm256_store_si256(reinterpret_cast<__m256i*>(words), sum);
    return words[0] ^ words[1] ^ words[2] ^ words[3];
}

}  // namespace

const Kernel kAvx2{.name = "avx2", .scan = scan, .refine = refine_all<refine_row_128>, .read = read};

}  // namespace visavis::match::kernels

#endif
