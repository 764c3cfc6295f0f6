// A driver for machines without libFuzzer: damages the seeds in the ways files get damaged (flipped bits, cut
// ends, repeated and moved parts, extreme lengths), the same inputs at every run. No coverage feedback:
// libFuzzer goes deeper, this keeps the parsers honest at every test run.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>

#include "fuzz.h"

namespace {

using Input = std::vector<std::uint8_t>;

void damage(Input& input, std::mt19937_64& random) {
    if (input.empty()) return;
    const auto below = [&](std::size_t most) { return static_cast<std::size_t>(random() % most); };
    const std::size_t at = below(input.size());
    switch (below(7)) {
        case 0:
            input[at] ^= static_cast<std::uint8_t>(1U << below(8));
            break;
        case 1:
            input[at] = static_cast<std::uint8_t>(random());
            break;
        case 2:
            input.resize(at);
            break;
        case 3: {  // lengths and counts at their limits
            constexpr std::uint8_t kExtremes[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
            for (std::size_t i = at; i < std::min(at + 1 + below(4), input.size()); ++i)
                input[i] = kExtremes[below(5)];
            break;
        }
        case 4: {  // a part once more
            const Input part(
                input.begin() + static_cast<std::ptrdiff_t>(at),
                input.begin() + static_cast<std::ptrdiff_t>(std::min(at + 1 + below(64), input.size())));
            input.insert(input.begin() + static_cast<std::ptrdiff_t>(below(input.size())), part.begin(),
                         part.end());
            break;
        }
        case 5:
            input.erase(
                input.begin() + static_cast<std::ptrdiff_t>(at),
                input.begin() + static_cast<std::ptrdiff_t>(std::min(at + 1 + below(16), input.size())));
            break;
        default:
            std::swap(input[at], input[below(input.size())]);
    }
}

void run(const Input& input) {
    // A block of exactly its size: the sanitizer sees one byte too many.
    const std::unique_ptr<std::uint8_t[]> block(new std::uint8_t[std::max<std::size_t>(input.size(), 1)]);
    std::memcpy(block.get(), input.data(), input.size());
    LLVMFuzzerTestOneInput(block.get(), input.size());
}

}  // namespace

int main(int argc, char** argv) {
    long rounds = 4000;
    if (argc == 3 && std::strcmp(argv[1], "--rounds") == 0) rounds = std::strtol(argv[2], nullptr, 10);
    const auto seeds = fuzz_seeds();
    for (const Input& seed : seeds) run(seed);
    std::mt19937_64 random(20240229);
    for (long round = 0; round < rounds; ++round) {
        Input input = seeds[static_cast<std::size_t>(random() % seeds.size())];
        for (auto left = 1 + random() % 6; left > 0; --left) damage(input, random);
        run(input);
    }
    (void)std::printf("%ld damaged inputs from %zu seeds\n", rounds, seeds.size());
    return 0;
}
