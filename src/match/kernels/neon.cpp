// NEON (every arm64 processor): widening multiplies, then pairwise sums.
#ifdef __aarch64__

#include <arm_neon.h>

#include "match/kernels/kernels.h"

namespace visavis::match::kernels {
namespace {

constexpr std::size_t kEighths = 8;  // of 4 rows

// Σ over each 4 neighbouring bytes, added to `sum`.
int32x4_t add_products(int32x4_t sum, uint8x16_t nibbles, int8x16_t codes) {
    const int8x16_t numbers = vreinterpretq_s8_u8(nibbles);
    const int32x4_t first = vpaddlq_s16(vmull_s8(vget_low_s8(numbers), vget_low_s8(codes)));
    const int32x4_t second = vpaddlq_s16(vmull_s8(vget_high_s8(numbers), vget_high_s8(codes)));
    return vaddq_s32(sum, vpaddq_s32(first, second));
}

float32x4_t widened(const std::uint8_t* bytes) {
    const uint8x8_t four = vreinterpret_u8_u32(vld1_dup_u32(reinterpret_cast<const std::uint32_t*>(bytes)));
    return vcvtq_f32_u32(vmovl_u16(vget_low_u16(vmovl_u8(four))));
}

int8x16_t repeated(const std::int8_t* four) {
    return vreinterpretq_s8_s32(vld1q_dup_s32(reinterpret_cast<const std::int32_t*>(four)));
}

std::size_t scan(const Area& area, std::size_t first, const Batch& batch, Candidate* out, std::size_t room,
                 std::size_t* found) {
    const std::size_t stride = kHeadBytes + area.groups * kGroupBytes;
    const uint8x16_t nibble = vdupq_n_u8(15);
    std::size_t count = 0;
    std::size_t index = first;
    for (; index < area.block_count && room - count >= batch.count * kBlockRows; ++index) {
        const std::uint8_t* block = area.blocks + index * stride;
        for (std::size_t query = 0; query < batch.count; ++query) {
            const Cut& cut = batch.cuts[query];
            int32x4_t sums[kEighths];
            for (auto& sum : sums) sum = vdupq_n_s32(0);
            for (std::size_t group = 0; group < area.groups; ++group) {
                const std::int8_t* codes = batch.codes + (group * batch.count + query) * kGroup;
                const int8x16_t low_codes = repeated(codes);
                const int8x16_t high_codes = repeated(codes + 4);
                for (std::size_t eighth = 0; eighth < kEighths; ++eighth) {
                    const uint8x16_t both = vld1q_u8(block + kHeadBytes + group * kGroupBytes + eighth * 16);
                    sums[eighth] = add_products(sums[eighth], vandq_u8(both, nibble), low_codes);
                    sums[eighth] = add_products(sums[eighth], vshrq_n_u8(both, 4), high_codes);
                }
            }
            for (std::size_t eighth = 0; eighth < kEighths; ++eighth) {
                const float32x4_t scale = widened(block + eighth * 4);
                const float32x4_t slack = widened(block + kBlockRows + eighth * 4);
                const std::size_t row = index * kBlockRows + eighth * 4;
                const float32x4_t centred = vaddq_f32(vcvtq_f32_s32(sums[eighth]), vdupq_n_f32(cut.bias));
                float32x4_t bound = vmulq_f32(
                    scale, vaddq_f32(vmulq_n_f32(centred, cut.gain), vmulq_n_f32(slack, cut.slack_gain)));
                if (area.weights != nullptr) {
                    const float32x4_t weight =
                        vaddq_f32(vmulq_n_f32(vld1q_f32(area.weights + row), 0.5F), vdupq_n_f32(cut.weight));
                    const float32x4_t offset =
                        vaddq_f32(vmulq_n_f32(vld1q_f32(area.offsets + row), 0.5F), vdupq_n_f32(cut.offset));
                    bound = vmaxq_f32(vaddq_f32(bound, vdupq_n_f32(cut.rest)), vdupq_n_f32(-1));
                    bound = vsubq_f32(vmulq_f32(bound, weight), offset);
                }
                const uint32x4_t hits =
                    vandq_u32(vcgeq_f32(bound, vdupq_n_f32(cut.cut)), vcgtq_f32(scale, vdupq_n_f32(0)));
                if (vmaxvq_u32(hits) == 0) [[likely]]
                    continue;
                std::uint32_t lanes[4];
                std::int32_t dots[4];
                vst1q_u32(lanes, hits);
                vst1q_s32(dots, sums[eighth]);
                for (std::uint32_t lane = 0; lane < 4; ++lane)
                    if (lanes[lane] != 0)
                        out[count++] = {static_cast<std::uint32_t>(row) + lane,
                                        static_cast<std::uint16_t>(query), block[eighth * 4 + lane],
                                        dots[lane]};
            }
        }
    }
    *found = count;
    return index;
}

std::int32_t refine_row(const std::uint8_t* row, const std::int8_t* low_codes, const std::int8_t* high_codes,
                        std::size_t bytes) {
    const uint8x16_t nibble = vdupq_n_u8(15);
    int32x4_t sum = vdupq_n_s32(0);
    for (std::size_t b = 0; b < bytes; b += 16) {
        const uint8x16_t both = vld1q_u8(row + b);
        sum = add_products(sum, vandq_u8(both, nibble), vld1q_s8(low_codes + b));
        sum = add_products(sum, vshrq_n_u8(both, 4), vld1q_s8(high_codes + b));
    }
    return vaddvq_s32(sum);
}

void refine(const Area& area, const Batch& batch, const Candidate* candidates, std::size_t count,
            std::int32_t* sums) {
    const std::size_t bytes = area.groups * 4;
    for (std::size_t i = 0; i < count; ++i) {
        const Candidate& one = candidates[i];
        sums[i] = refine_row(area.low + one.row * bytes, batch.low_codes[one.query],
                             batch.high_codes[one.query], bytes);
    }
}

std::uint64_t read(const std::uint8_t* from, std::size_t bytes) {
    uint8x16_t sum = vdupq_n_u8(0);
    for (std::size_t b = 0; b < bytes; b += 16) sum = veorq_u8(sum, vld1q_u8(from + b));
    const uint64x2_t words = vreinterpretq_u64_u8(sum);
    return vgetq_lane_u64(words, 0) ^ vgetq_lane_u64(words, 1);
}

}  // namespace

const Kernel kNeon{.name = "neon", .scan = scan, .refine = refine, .read = read};

}  // namespace visavis::match::kernels

#endif
