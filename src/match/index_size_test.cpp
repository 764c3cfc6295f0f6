// The index at size: answers, memory and cold start. 100,000 faces; with VISAVIS_TEST_LONG=1 ten million.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "match/index.h"
#include "match/index/best.h"
#include "match/synthetic.h"

namespace visavis::match {
namespace {

constexpr std::size_t kDimension = 128;
constexpr std::size_t kGiB = 1UL << 30;

std::size_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::size_t all = 0;
    std::size_t resident = 0;
    statm >> all >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST(IndexAtSize, LoadsAndAnswersWithinItsMemory) {
    const char* asked = std::getenv("VISAVIS_TEST_LONG");
    const bool is_long = asked != nullptr && std::string(asked) == "1";
    const std::size_t faces = is_long ? 10'000'000 : 100'000;
    const std::string path = testing::TempDir() + "index-at-size-" + std::to_string(::getpid());
    const IndexPlace place{
        .path = path, .key = Bytes(32, 3), .model = "synthetic", .dimension = kDimension, .threads = 2};

    std::vector<std::vector<float>> probes(5, std::vector<float>(kDimension));
    SyntheticTemplates strangers(kDimension, 2);
    for (auto& probe : probes) strangers.next(probe);
    std::vector<Query> queries;
    queries.reserve(probes.size());
    for (const auto& probe : probes) queries.push_back({.vector = probe, .most = 100});
    queries[4].threshold = 0.3;
    queries[4].most = 4096;
    std::vector<Best> expected;
    expected.reserve(queries.size());
    for (const Query& query : queries) expected.emplace_back(query.most);

    {
        const auto opened = Index::open(place, 1);
        ASSERT_TRUE(opened);
        SyntheticTemplates people(kDimension, 1);
        std::vector<float> numbers(1000 * kDimension);
        for (std::uint64_t start = 0; start < faces; start += 1000) {
            std::vector<Row> rows;
            for (std::size_t i = 0; i < 1000; ++i) {
                const auto vector = std::span(numbers).subspan(i * kDimension, kDimension);
                people.next(vector);
                rows.push_back({.key = start + i, .vector = vector});
                for (std::size_t q = 0; q < queries.size(); ++q) {
                    const double c = cosine(queries[q].vector, vector);
                    if (c >= queries[q].threshold) expected[q].offer({start + i, c, c});
                }
            }
            ASSERT_TRUE(opened->index->append(rows));
        }
        ASSERT_TRUE(opened->index->sync(1));
    }
    const std::size_t before = resident_bytes();
    const auto start = std::chrono::steady_clock::now();
    const auto opened = Index::open(place, 1);
    std::filesystem::remove(path);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->state, SnapshotState::kValid) << opened->reason;
    const auto answers = opened->index->search(queries);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ASSERT_TRUE(answers);
    for (std::size_t q = 0; q < queries.size(); ++q) EXPECT_EQ((*answers)[q], expected[q].take()) << q;

    const std::size_t held = resident_bytes() - std::min(before, resident_bytes());
    const IndexMemory memory = opened->index->memory();
    RecordProperty("seconds", std::to_string(seconds));
    (void)std::printf(
        "%zu faces: open and first answers %.2f s, %.0f bytes a face held, %.0f of them mirror the file\n",
        faces, seconds, static_cast<double>(held) / static_cast<double>(faces),
        static_cast<double>(memory.rows) / static_cast<double>(faces));
    EXPECT_LE(memory.overhead, 200 * faces);
    if (is_long) {
        EXPECT_LE(held, memory.rows + 200 * faces) << "200 bytes a face on top of what mirrors the file";
        EXPECT_LE(resident_bytes(), 24 * kGiB);
    }
}

}  // namespace
}  // namespace visavis::match
