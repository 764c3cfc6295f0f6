// Every kernel that this processor has, against the scalar one.
#include "match/kernels/kernels.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <random>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace visavis::match::kernels {
namespace {

struct AlignedDelete {
    void operator()(std::uint8_t* bytes) const { ::operator delete[](bytes, std::align_val_t{64}); }
};
using Aligned = std::unique_ptr<std::uint8_t[], AlignedDelete>;

struct Scene {
    Scene(std::size_t groups, std::size_t blocks, std::size_t queries, bool weighted, unsigned seed) {
        std::mt19937 random(seed);
        const std::size_t bytes = blocks * (kHeadBytes + groups * kGroupBytes);
        // Exactly as large as the area: a kernel that reads on is seen by the sanitiser.
        planes = Aligned(new (std::align_val_t{64}) std::uint8_t[bytes]);
        std::generate_n(planes.get(), bytes, [&] { return static_cast<std::uint8_t>(random()); });
        for (std::size_t i = 0; i < blocks; ++i) {
            std::uint8_t* scales = planes.get() + i * (kHeadBytes + groups * kGroupBytes);
            for (std::size_t row = 0; row < kBlockRows; ++row)
                if (random() % 4 == 0) scales[row] = 0;
        }
        low.resize(blocks * kBlockRows * groups * 4);
        for (auto& byte : low) byte = static_cast<std::uint8_t>(random());
        codes.resize(groups * queries * kGroup);
        for (auto& code : codes) code = static_cast<std::int8_t>(static_cast<int>(random() % 255) - 127);
        refine_codes.resize(groups * 4 + 64);
        codes[0] = 127;
        codes[1] = -127;
        area = {.blocks = planes.get(), .block_count = blocks, .groups = groups, .low = low.data()};
        if (weighted) {
            std::uniform_real_distribution<float> spread(0.5F, 20);
            for (std::size_t i = 0; i < blocks * kBlockRows; ++i) {
                weights.push_back(spread(random));
                offsets.push_back(spread(random) - 10);
            }
            area.weights = weights.data();
            area.offsets = offsets.data();
        }
        batch.count = queries;
        batch.codes = codes.data();
        for (auto& code : refine_codes) code = codes[random() % codes.size()];
        for (std::size_t i = 0; i < queries; ++i) {
            batch.low_codes[i] = refine_codes.data() + i;
            batch.high_codes[i] = refine_codes.data() + 16 + i;
        }
        // Queries of one search mostly share their gain, which some kernels make use of.
        const float spread = seed % 2 == 0 ? 0.1F : 0;
        for (std::size_t i = 0; i < queries; ++i)
            batch.cuts[i] = {.bias = -3.5F * static_cast<float>(i),
                             .gain = 1e-6F * (1 + spread * static_cast<float>(i)),
                             .slack_gain = 1e-6F,
                             .cut = -std::numeric_limits<float>::infinity(),
                             .rest = 0.01F,
                             .weight = 0.5F + 0.3F * static_cast<float>(i % 3),
                             .offset = 0.1F};
    }

    using Found = std::vector<std::tuple<std::uint32_t, std::uint32_t, std::int32_t>>;

    Found scan(const Kernel& kernel) const {
        Found all;
        std::vector<Candidate> room(batch.count * kBlockRows * 3 + 5);
        for (std::size_t block = 0; block < area.block_count;) {
            std::size_t found = 0;
            const std::size_t next = kernel.scan(area, block, batch, room.data(), room.size(), &found);
            EXPECT_GT(next, block);
            EXPECT_LE(found, room.size());
            for (std::size_t i = 0; i < found; ++i) all.emplace_back(room[i].row, room[i].query, room[i].dot);
            block = next;
        }
        std::ranges::sort(all);
        return all;
    }

    Aligned planes;
    std::vector<std::uint8_t> low;
    std::vector<std::int8_t> codes, refine_codes;
    std::vector<float> weights, offsets;
    Area area;
    Batch batch;
};

class EveryKernel : public testing::TestWithParam<const Kernel*> {};

// By how much a candidate's sum may be too large.
std::int32_t excess(const Kernel& kernel, const Scene& scene) {
    return kernel.excess * static_cast<std::int32_t>(scene.area.groups);
}

Scene::Found without_sums(Scene::Found found) {
    for (auto& one : found) std::get<2>(one) = 0;
    return found;
}

TEST_P(EveryKernel, GivesTheSumsOfTheScalarOne) {
    for (const std::size_t groups : {4UL, 8UL, 12UL, 16UL, 64UL, 72UL, 512UL})
        for (std::size_t queries = 1; queries <= kMostQueries; ++queries)
            for (const bool weighted : {false, true}) {
                const Scene scene(groups, 5, queries, weighted, static_cast<unsigned>(groups + queries));
                const auto found = scene.scan(*GetParam());
                const auto expected = scene.scan(kScalar);
                ASSERT_EQ(without_sums(found), without_sums(expected))
                    << groups << " groups, " << queries << " queries";
                for (std::size_t i = 0; i < found.size(); ++i) {
                    const std::int32_t above = std::get<2>(found[i]) - std::get<2>(expected[i]);
                    ASSERT_GE(above, 0);
                    ASSERT_LE(above, excess(*GetParam(), scene)) << groups << " groups, " << queries;
                }
                EXPECT_GT(found.size(), 2 * kBlockRows * queries);
            }
}

TEST_P(EveryKernel, CutsWhereTheScalarOneCuts) {
    for (const std::size_t queries : {3UL, 5UL, 8UL})
        for (const unsigned seed : {7U, 8U})
            for (const bool weighted : {false, true}) {
                Scene scene(16, 100, queries, weighted, seed);
                // Where one row in 30 reaches each query's cut, found by bisection with the scalar kernel.
                std::vector<float> low(queries, -1e3F), high(queries, 1e3F);
                for (int i = 0; i < 40; ++i) {
                    for (std::size_t query = 0; query < queries; ++query)
                        scene.batch.cuts[query].cut = (low[query] + high[query]) / 2;
                    std::vector<std::size_t> reached(queries);
                    for (const auto& one : scene.scan(kScalar)) ++reached[std::get<1>(one)];
                    for (std::size_t query = 0; query < queries; ++query)
                        (reached[query] > 80 ? low : high)[query] = scene.batch.cuts[query].cut;
                }
                const auto expected = without_sums(scene.scan(kScalar));
                const auto found = without_sums(scene.scan(*GetParam()));
                EXPECT_GT(expected.size(), 70 * queries);
                EXPECT_LT(expected.size(), 90 * queries);
                // Single precision with and without fused operations may differ for a bound on the very cut.
                Scene::Found missing;
                std::ranges::set_difference(expected, found, std::back_inserter(missing));
                EXPECT_LE(missing.size(), 3U);
                // What else is found reaches the cut with a sum as much larger as it may be.
                for (std::size_t query = 0; query < queries; ++query) {
                    Cut& cut = scene.batch.cuts[query];
                    cut.bias += static_cast<float>(excess(*GetParam(), scene));
                }
                const auto possible = without_sums(scene.scan(kScalar));
                Scene::Found wrong;
                std::ranges::set_difference(found, possible, std::back_inserter(wrong));
                EXPECT_LE(wrong.size(), 3U);
            }
}

TEST_P(EveryKernel, RefinesLikeTheScalarOne) {
    for (const std::size_t groups : {4UL, 8UL, 12UL, 16UL, 20UL, 60UL, 512UL}) {
        const Scene scene(groups, 5, 3, false, static_cast<unsigned>(groups));
        std::vector<Candidate> candidates;
        candidates.reserve(5 * kBlockRows);
        for (std::uint32_t row = 0; row < 5 * kBlockRows; ++row)
            candidates.push_back({row, static_cast<std::uint16_t>(row % 3), 1, 0});
        std::vector<std::int32_t> sums(candidates.size()), expected(candidates.size());
        GetParam()->refine(scene.area, scene.batch, candidates.data(), candidates.size(), sums.data());
        kScalar.refine(scene.area, scene.batch, candidates.data(), candidates.size(), expected.data());
        EXPECT_EQ(sums, expected) << groups;
    }
}

TEST_P(EveryKernel, ReadsEveryByte) {
    const Scene scene(16, 3, 1, false, 5);
    const std::size_t bytes = 3 * (kHeadBytes + 16 * kGroupBytes);
    const std::uint64_t sum = GetParam()->read(scene.planes.get(), bytes);
    EXPECT_EQ(sum, kScalar.read(scene.planes.get(), bytes));
    scene.planes[bytes - 1] ^= 1;
    EXPECT_NE(GetParam()->read(scene.planes.get(), bytes), sum);
}

std::vector<const Kernel*> here() {
    std::vector<const Kernel*> kernels;
    for (const auto* kernel = available(); *kernel != nullptr; ++kernel) kernels.push_back(*kernel);
    return kernels;
}

INSTANTIATE_TEST_SUITE_P(Processor, EveryKernel, testing::ValuesIn(here()), [](const auto& kernel) {
    std::string name = kernel.param->name;
    std::erase(name, '.');
    return name;
});

TEST(Kernels, AreFoundByName) {
    EXPECT_EQ(find("scalar"), &kScalar);
    EXPECT_EQ(find(""), *available());
    EXPECT_EQ(find("abacus"), nullptr);
#ifdef __aarch64__
    // Else the tests above would pass without it.
    EXPECT_EQ(find("neon"), &kNeon);
#endif
}

}  // namespace
}  // namespace visavis::match::kernels
