// The oracle of the other kernels, and what runs on a processor that none of them knows.
#include "match/kernels/kernels.h"

namespace visavis::match::kernels {
namespace {

std::int32_t dot(const std::uint8_t* block, std::size_t row, const Area& area, const Batch& batch,
                 std::size_t query) {
    std::int32_t sum = 0;
    for (std::size_t group = 0; group < area.groups; ++group) {
        const std::uint8_t* bytes = block + kHeadBytes + group * kGroupBytes + row * 4;
        const std::int8_t* codes = batch.codes + (group * batch.count + query) * kGroup;
        for (std::size_t b = 0; b < 4; ++b)
            sum += (bytes[b] & 15) * codes[b] + (bytes[b] >> 4) * codes[b + 4];
    }
    return sum;
}

std::size_t scan(const Area& area, std::size_t first, const Batch& batch, Candidate* out, std::size_t room,
                 std::size_t* found) {
    std::size_t count = 0;
    std::size_t index = first;
    for (; index < area.block_count && room - count >= batch.count * kBlockRows; ++index) {
        const std::uint8_t* block = area.blocks + index * (kHeadBytes + area.groups * kGroupBytes);
        for (std::size_t row = 0; row < kBlockRows; ++row) {
            if (block[row] == 0) continue;
            const auto scale = static_cast<float>(block[row]);
            const auto slack = static_cast<float>(block[kBlockRows + row]);
            const std::size_t number = index * kBlockRows + row;
            for (std::size_t query = 0; query < batch.count; ++query) {
                const Cut& cut = batch.cuts[query];
                const std::int32_t sum = dot(block, row, area, batch, query);
                float bound =
                    scale * ((static_cast<float>(sum) + cut.bias) * cut.gain + slack * cut.slack_gain);
                if (area.weights != nullptr) {
                    bound += cut.rest;
                    bound = (bound > -1 ? bound : -1) * (cut.weight + 0.5F * area.weights[number]) -
                            (cut.offset + 0.5F * area.offsets[number]);
                }
                if (bound >= cut.cut)
                    out[count++] = {static_cast<std::uint32_t>(number), static_cast<std::uint16_t>(query),
                                    block[row], sum};
            }
        }
    }
    *found = count;
    return index;
}

std::int32_t refine_row(const std::uint8_t* row, const std::int8_t* low_codes, const std::int8_t* high_codes,
                        std::size_t bytes) {
    std::int32_t sum = 0;
    for (std::size_t b = 0; b < bytes; ++b)
        sum += (row[b] & 15) * low_codes[b] + (row[b] >> 4) * high_codes[b];
    return sum;
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
    std::uint64_t sum = 0;
    for (std::size_t b = 0; b < bytes; b += 8) sum ^= *reinterpret_cast<const std::uint64_t*>(from + b);
    return sum;
}

}  // namespace

const Kernel kScalar{.name = "scalar", .scan = scan, .refine = refine, .read = read};

}  // namespace visavis::match::kernels
