// AVX-512 with VNNI and VBMI, for many queries at a time, where the multiplier is what holds a scan up: on
// Zen 4 one VPDPBUSD a cycle. A quarter of the numbers is looked up instead of multiplied, on ports that have
// nothing else to do: one VPERMB finds, for 4 numbers of 16 rows, the products of their nibbles with the
// query's codes in a table of 4 · 16 bytes. Four such products of a row are added as bytes, and one VPDPBUSD
// brings them to scale.
//
// Products in 6 bits are rounded up, so that no row is ruled out wrongly, and sums come out too large by up
// to kMostExcess a group; refinement rules out what that lets through.
#ifdef __x86_64__

#include <immintrin.h>

#include "match/kernels/avx512.h"
#include "match/kernels/kernels.h"

namespace visavis::match::kernels {
namespace {

// Groups of numbers are taken 8 at a time: 2 looked up, 6 multiplied meanwhile. What is left over is
// multiplied.
constexpr std::size_t kUnitGroups = 8;
constexpr std::size_t kLookedUp = 2;
constexpr std::size_t kQuads = 2 * kLookedUp;

// Tables are used for so many units at most: more would not stay in the first-level cache.
constexpr std::size_t kMostUnits = 2;

// Fewer queries wait for memory, not for the multiplier.
constexpr std::size_t kFewestQueries = 5;

// A sum of kQuads entries must fit a byte; each may be rounded up by almost 1.
constexpr int kLargestSum = 255 - static_cast<int>(kQuads);

constexpr int kMostStep = (15 * static_cast<int>(kQuads) * 127 + kLargestSum - 1) / kLargestSum;
constexpr std::int32_t kMostExcess = 4 * kQuads * (kMostStep - 1) / kUnitGroups;

struct alignas(64) Tables {
    std::uint8_t products[kMostQueries][kQuads][64];  // [4 numbers][16 nibbles], in steps, from 0 up
    std::int32_t steps[2]
                      [kMostQueries];  // four equal bytes; twice, or the compiler would keep all in registers
};

// Fills the tables of one quad: 4 codes, of which each makes 16 entries ceil((code · nibble − least) / step).
void fill(std::uint8_t* products, const std::int8_t* codes, int step) {
    alignas(32) constexpr std::int16_t kUp[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const __m256i up = _mm256_load_si256(reinterpret_cast<const __m256i*>(kUp));
    const __m256i down = _mm256_sub_epi16(_mm256_set1_epi16(15), up);
    const __m256i round = _mm256_set1_epi16(static_cast<short>(step - 1));
    const __m256i inverse = _mm256_set1_epi16(static_cast<short>((65535 + step) / step));
    for (std::size_t i = 0; i < 4; ++i) {
        const int size = codes[i] < 0 ? -codes[i] : codes[i];
        const __m256i product =
            _mm256_mullo_epi16(_mm256_set1_epi16(static_cast<short>(size)), codes[i] < 0 ? down : up);
        // Exact for steps of 2 to 31: products are below 1936, so that what 65536 / step is rounded up by
        // does not carry.
        const __m256i entries = _mm256_mulhi_epu16(_mm256_add_epi16(product, round), inverse);
        _mm_store_si128(reinterpret_cast<__m128i*>(products + i * 16), _mm256_cvtepi16_epi8(entries));
    }
}

// Makes all tables; `biases` of the queries are lowered by what the entries were raised by.
void prepare(const Batch& batch, std::size_t units, Tables* tables, std::int32_t* biases) {
    for (std::size_t unit = 0; unit < units; ++unit)
        for (std::size_t query = 0; query < batch.count; ++query) {
            const std::int8_t* quads[kQuads];
            for (std::size_t quad = 0; quad < kQuads; ++quad)
                quads[quad] = batch.codes + ((unit * kUnitGroups + quad / 2) * batch.count + query) * kGroup +
                              quad % 2 * 4;
            int most = 0;
            for (std::size_t i = 0; i < 4; ++i) {
                int sum = 0;
                for (const std::int8_t* codes : quads) {
                    sum += codes[i] < 0 ? -codes[i] : codes[i];
                    biases[query] += codes[i] < 0 ? 15 * codes[i] : 0;
                }
                most = sum > most ? sum : most;
            }
            int step = (15 * most + kLargestSum - 1) / kLargestSum;
            step = step < 2 ? 2 : step;
            for (std::size_t quad = 0; quad < kQuads; ++quad)
                fill(tables[unit].products[query][quad], quads[quad], step);
            tables[unit].steps[0][query] = tables[unit].steps[1][query] = step * 0x01010101;
        }
}

// What lets a row pass, cheaply and for all queries of a batch at once: each part is that of the query that
// demands least. Rows without weights, in units of the sums:
//
//     (sum + slack · slack byte) · scale ≥ asked
//
// Rows with weights, where all queries share their gain:
//
//     (scale · (sum · gain + slack gain · slack byte) + rest) · (weight_q + weight_r) − demanded_q ≥ offset_r
//
// and rows of so low an offset that a cosine below 0 would do.
struct Sieve {
    float asked{3e38F};
    float slack{0};
    float gain;
    float slack_gain{0};
    float rest{0};
    float weight[kMostQueries];
    float demanded[kMostQueries];  // cut + offset_q
    float least{3e38F};            // demanded
};

Sieve sieve_of(const Batch& batch) {
    const auto lower = [](float& to, float value) { to = value < to ? value : to; };
    const auto raise = [](float& to, float value) { to = value > to ? value : to; };
    Sieve sieve;
    sieve.gain = batch.cuts[0].gain;
    for (std::size_t query = 0; query < batch.count; ++query) {
        const Cut& cut = batch.cuts[query];
        lower(sieve.asked, cut.cut / cut.gain);
        raise(sieve.slack, cut.slack_gain / cut.gain);
        raise(sieve.slack_gain, cut.slack_gain);
        raise(sieve.rest, cut.rest);
        sieve.weight[query] = cut.weight;
        sieve.demanded[query] = cut.cut + cut.offset;
        lower(sieve.least, sieve.demanded[query]);
    }
    return sieve;
}

// Of 16 rows, those that some query may find. `sums` hold the queries' biases and kUnsure.
template <std::size_t kQueries, bool kWeighted>
__mmask16 passing(const Area& area, const Sieve& sieve, const Sixteen& sixteen, std::size_t row,
                  const __m512i (&sums)[kQueries][2], std::size_t half) {
    if constexpr (kWeighted) {
        const __m512 weight = half_of(area.weights + row);
        const __m512 offset = half_of(area.offsets + row);
        const __m512 gain = _mm512_mul_ps(sixteen.scale, _mm512_set1_ps(sieve.gain));
        const __m512 lost = _mm512_fmadd_ps(_mm512_mul_ps(sixteen.scale, sixteen.slack),
                                            _mm512_set1_ps(sieve.slack_gain), _mm512_set1_ps(sieve.rest));
        const auto above = [&](std::size_t query) __attribute__((always_inline)) {
            const __m512 cosine = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[query][half]), gain, lost);
            const __m512 both = _mm512_add_ps(weight, _mm512_set1_ps(sieve.weight[query]));
            return _mm512_fmsub_ps(cosine, both, _mm512_set1_ps(sieve.demanded[query]));
        };
        __m512 most = above(0);
#pragma GCC unroll 8
        for (std::size_t query = 1; query < kQueries; ++query) most = _mm512_max_ps(most, above(query));
        return _mm512_mask_cmp_ps_mask(sixteen.rows, most, offset, _CMP_GE_OQ) |
               _mm512_mask_cmp_ps_mask(sixteen.rows, offset, _mm512_set1_ps(-sieve.least), _CMP_LE_OQ);
    } else {
        __m512i most = sums[0][half];
#pragma GCC unroll 8
        for (std::size_t query = 1; query < kQueries; ++query)
            most = _mm512_max_epi32(most, sums[query][half]);
        const __m512 reached =
            _mm512_fmadd_ps(sixteen.slack, _mm512_set1_ps(sieve.slack), _mm512_cvtepi32_ps(most));
        return _mm512_mask_cmp_ps_mask(sixteen.rows, _mm512_mul_ps(reached, sixteen.scale),
                                       _mm512_set1_ps(sieve.asked), _CMP_GE_OQ);
    }
}

// The queries of a batch side by side, to judge one row.
struct Judge {
    explicit Judge(const Batch& batch) : present(static_cast<__mmask8>((1U << batch.count) - 1)) {
        alignas(32) float numbers[7][kMostQueries]{};
        for (std::size_t query = 0; query < batch.count; ++query) {
            const Cut& of = batch.cuts[query];
            const float parts[7] = {of.bias, of.gain, of.slack_gain, of.cut, of.rest, of.weight, of.offset};
            for (std::size_t i = 0; i < 7; ++i) numbers[i][query] = parts[i];
        }
        __m256* const into[7] = {&bias, &gain, &slack_gain, &cut, &rest, &weight, &offset};
        for (std::size_t i = 0; i < 7; ++i) *into[i] = _mm256_load_ps(numbers[i]);
    }

    // Writes out which queries find the row; gives how many. `dots`: a sum for each query.
    template <bool kWeighted>
    std::size_t judge(const Area& area, std::size_t row, const std::uint8_t* scale, __m256i dots,
                      Candidate* out) const {
        const __m256 slack = _mm256_set1_ps(static_cast<float>(scale[kBlockRows]));
        const __m256 centred = _mm256_add_ps(_mm256_cvtepi32_ps(dots), bias);
        __m256 bound = _mm256_mul_ps(_mm256_set1_ps(static_cast<float>(*scale)),
                                     _mm256_fmadd_ps(centred, gain, _mm256_mul_ps(slack, slack_gain)));
        if constexpr (kWeighted) {
            bound = _mm256_max_ps(_mm256_add_ps(bound, rest), _mm256_set1_ps(-1));
            bound = _mm256_fmsub_ps(bound, _mm256_add_ps(weight, _mm256_set1_ps(0.5F * area.weights[row])),
                                    _mm256_add_ps(offset, _mm256_set1_ps(0.5F * area.offsets[row])));
        }
        unsigned hits = _mm256_mask_cmp_ps_mask(present, bound, cut, _CMP_GE_OQ);
        alignas(32) std::int32_t sums[kMostQueries];
        _mm256_store_si256(reinterpret_cast<__m256i*>(sums), dots);
        // Mostly one query finds a row, sometimes none, seldom several: no branch tells the first two apart.
        const auto write = [&](Candidate& candidate) {
            const auto query = static_cast<std::size_t>(__builtin_ctz(hits | 1U << (kMostQueries - 1)));
            candidate = {static_cast<std::uint32_t>(row), static_cast<std::uint16_t>(query), *scale,
                         sums[query]};
            hits &= hits - 1;
        };
        std::size_t count = hits != 0 ? 1 : 0;
        write(*out);
        // NOLINTNEXTLINE(bugprone-infinite-loop): `write` takes a bit of `hits` away
        while (hits != 0) write(out[count++]);
        return count;
    }

    __mmask8 present;
    __m256 bias, gain, slack_gain, cut, rest, weight, offset;
};

// VPDPBUSD, with its operands where they are: left to itself the compiler loads codes long before they are
// used and then lacks registers for the sums.
__m512i multiply_add(__m512i sum, __m512i rows, __m512i codes) {
    asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(rows), "v"(codes));
    return sum;
}

__m512i multiply_add_one(__m512i sum, __m512i rows, const std::int32_t& codes) {
    asm("vpdpbusd %2%{1to16%}, %1, %0" : "+v"(sum) : "v"(rows), "m"(codes));
    return sum;
}

template <std::size_t kQueries>
using Sums = __m512i[kQueries][2];

// Adds one group's products of both halves of a block; `between` is called after each of 2 · kQueries steps.
template <std::size_t kQueries, typename Between>
[[gnu::always_inline]] inline void multiply_group(const std::uint8_t*& bytes, const std::int8_t*& codes,
                                                  Sums<kQueries>& sums, Between between) {
    const __m512i nibble = _mm512_set1_epi8(15);
#pragma GCC unroll 2
    for (std::size_t upper = 0; upper < 2; ++upper) {
        __m512i rows[2];
#pragma GCC unroll 2
        for (std::size_t half = 0; half < 2; ++half) {
            rows[half] = _mm512_load_si512(bytes + half * 64);
            if (upper == 1) rows[half] = _mm512_srli_epi16(rows[half], 4);
            rows[half] = _mm512_and_si512(rows[half], nibble);
        }
#pragma GCC unroll 8
        for (std::size_t query = 0; query < kQueries; ++query) {
            const __m512i four =
                _mm512_set1_epi32(*reinterpret_cast<const int*>(codes + query * kGroup + upper * 4));
            sums[query][0] = multiply_add(sums[query][0], rows[0], four);
            sums[query][1] = multiply_add(sums[query][1], rows[1], four);
            between(upper * kQueries + query);
        }
        asm("" : "+r"(bytes));  // the upper nibbles are loaded again, not kept
    }
    bytes += kGroupBytes;
    codes += kQueries * kGroup;
}

template <std::size_t kQueries, bool kWeighted>
std::size_t scan_for(const Area& area, std::size_t first, const Batch& batch, Candidate* out,
                     std::size_t room, std::size_t* found) {
    const std::size_t stride = kHeadBytes + area.groups * kGroupBytes;
    const std::size_t all_units = area.groups / kUnitGroups;
    const std::size_t units = all_units < kMostUnits ? all_units : kMostUnits;
    const __m512i nibble = _mm512_set1_epi8(15);
    const __m512i position = _mm512_set1_epi32(0x30201000);
    const __m256i every_sixteenth = _mm256_setr_epi32(0, 16, 32, 48, 64, 80, 96, 112);
    const Sieve sieve = sieve_of(batch);
    const Judge judge(batch);
    Tables tables[kMostUnits];
    std::int32_t biases[kQueries];
    for (std::size_t query = 0; query < kQueries; ++query)
        biases[query] = static_cast<std::int32_t>(batch.cuts[query].bias) + kUnsure;
    prepare(batch, units, tables, biases);

    std::size_t count = 0;
    std::size_t index = first;
    for (; index < area.block_count && room - count >= kQueries * kBlockRows; ++index) {
        const std::uint8_t* block = area.blocks + index * stride;
        const std::uint8_t* bytes = block + kHeadBytes;
        const std::uint8_t* end = block + stride;
        const std::int8_t* codes = batch.codes;
        Sums<kQueries> sums;
#pragma GCC unroll 8
        for (std::size_t query = 0; query < kQueries; ++query)
            sums[query][0] = sums[query][1] = _mm512_set1_epi32(biases[query]);
        for (const Tables* table = tables; table != tables + units; ++table) {
            const std::uint8_t* looked_up = bytes;
            bytes += kLookedUp * kGroupBytes;
            codes += kLookedUp * kQueries * kGroup;
#pragma GCC unroll 2
            for (std::size_t half = 0; half < 2; ++half) {
                // Number b's nibble, under 16 b: an index into the table.
                __m512i places[kQuads];
#pragma GCC unroll 2
                for (std::size_t group = 0; group < kLookedUp; ++group) {
                    const __m512i both = _mm512_load_si512(looked_up + group * kGroupBytes + half * 64);
                    constexpr int kAndOr = 0xEA;  // (a & b) | c
                    places[2 * group] = _mm512_ternarylogic_epi32(both, nibble, position, kAndOr);
                    places[2 * group + 1] =
                        _mm512_ternarylogic_epi32(_mm512_srli_epi16(both, 4), nibble, position, kAndOr);
                }
                const auto look_up = [&](std::size_t query) __attribute__((always_inline)) {
                    const auto product = [&](std::size_t quad) __attribute__((always_inline)) {
                        return _mm512_permutexvar_epi8(places[quad],
                                                       _mm512_load_si512(table->products[query][quad]));
                    };
                    const __m512i four = _mm512_add_epi8(_mm512_add_epi8(product(0), product(1)),
                                                         _mm512_add_epi8(product(2), product(3)));
                    sums[query][half] = multiply_add_one(sums[query][half], four, table->steps[half][query]);
                };
                const auto beside = [&](std::size_t step) __attribute__((always_inline)) {
                    if (step % 6 == 3) look_up(step / 6);
                };
#pragma GCC unroll 3
                for (std::size_t group = 0; group < (kUnitGroups - kLookedUp) / 2; ++group)
                    multiply_group<kQueries>(bytes, codes, sums,
                                             [&](std::size_t step) __attribute__((always_inline)) {
                                                 beside(group * 2 * kQueries + step);
                                             });
            }
        }
        while (bytes != end) multiply_group<kQueries>(bytes, codes, sums, [](std::size_t) {});
#pragma GCC unroll 2
        for (std::size_t half = 0; half < 2; ++half) {
            const std::uint8_t* head = block + half * 16;
            const std::size_t row = index * kBlockRows + half * 16;
            unsigned rows = passing<kQueries, kWeighted>(area, sieve, sixteen_of(head), row, sums, half);
            if (rows == 0) [[likely]]
                continue;
            alignas(64) std::int32_t dots[kQueries][16];
#pragma GCC unroll 8
            for (std::size_t query = 0; query < kQueries; ++query) {
                const __m512i bias =
                    _mm512_set1_epi32(static_cast<std::int32_t>(batch.cuts[query].bias) + kUnsure);
                _mm512_store_si512(dots[query], _mm512_sub_epi32(sums[query][half], bias));
            }
            do {
                const auto lane = static_cast<std::size_t>(__builtin_ctz(rows));
                const __m256i of_row = _mm256_mmask_i32gather_epi32(_mm256_setzero_si256(), judge.present,
                                                                    every_sixteenth, &dots[0][lane], 4);
                count += judge.judge<kWeighted>(area, row + lane, head + lane, of_row, out + count);
                rows &= rows - 1;
            } while (rows != 0);
        }
    }
    *found = count;
    return index;
}

template <bool kWeighted>
std::size_t scan_any(const Area& area, std::size_t first, const Batch& batch, Candidate* out,
                     std::size_t room, std::size_t* found) {
    switch (batch.count) {
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

bool share_gain(const Batch& batch) {
    for (std::size_t query = 1; query < batch.count; ++query)
        if (batch.cuts[query].gain != batch.cuts[0].gain) return false;
    return true;
}

std::size_t scan(const Area& area, std::size_t first, const Batch& batch, Candidate* out, std::size_t room,
                 std::size_t* found) {
    const bool weighted = area.weights != nullptr;
    if (batch.count < kFewestQueries || (weighted && !share_gain(batch)))
        return kAvx512Vnni.scan(area, first, batch, out, room, found);
    return weighted ? scan_any<true>(area, first, batch, out, room, found)
                    : scan_any<false>(area, first, batch, out, room, found);
}

void refine(const Area& area, const Batch& batch, const Candidate* candidates, std::size_t count,
            std::int32_t* sums) {
    kAvx512Vnni.refine(area, batch, candidates, count, sums);
}

std::uint64_t read(const std::uint8_t* from, std::size_t bytes) {
    return kAvx512Vnni.read(from, bytes);
}

}  // namespace

// NOLINTNEXTLINE(cppcoreguidelines-interfaces-global-init): an address, known when linking
const Kernel kAvx512Vbmi{.name = "avx512vbmi",
                         .excess = kMostExcess,
                         .where_many = &kAvx512Vnni,
                         .scan = scan,
                         .refine = refine,
                         .read = read};

}  // namespace visavis::match::kernels

#endif
