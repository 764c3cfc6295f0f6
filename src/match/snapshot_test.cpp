// The index's file: what comes back, and what is noticed when something happened to it.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/test_full_disk.h"
#include "match/index.h"
#include "match/test_vectors.h"

namespace visavis::match {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;

constexpr std::size_t kDimension = 64;
constexpr std::size_t kBlockRows = 256;
// docs/formats/index.md, for dimension 64: G = 8.
constexpr std::size_t kPlain = kBlockRows * 16 + 8UL * (64 + 128 * 8) + kBlockRows * 32 + kBlockRows * 256;
constexpr std::size_t kStride = (28 + kPlain + 4095) / 4096 * 4096;
constexpr std::size_t kBlocksStart = 8192;

std::vector<float> vector_of(std::uint64_t key) {
    return match::vector_of(key, kDimension);
}

Normalisation normalisation_of(std::uint64_t key) {
    return key % 2 == 0 ? Normalisation{} : Normalisation{.weight = 2, .offset = static_cast<float>(key % 7)};
}

class IndexFile : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = testing::TempDir() + "index-" + std::to_string(::getpid()) + "-" +
                  testing::UnitTest::GetInstance()->current_test_info()->name();
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
        place_ = {.path = folder_ + "/rows", .key = Bytes(32, 7), .model = "pack 1", .dimension = kDimension};
    }
    void TearDown() override {
        std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
        std::filesystem::remove_all(folder_);
    }

    Index::Opened open(std::uint64_t generation) {
        auto opened = Index::open(place_, generation);
        EXPECT_TRUE(opened) << opened.error().message;
        return std::move(*opened);
    }

    static void add(Index& index, std::uint64_t first, std::uint64_t last) {
        for (std::uint64_t key = first; key <= last; ++key) {
            const auto v = vector_of(key);
            ASSERT_TRUE(index.append(std::vector<Row>{{key, v, normalisation_of(key)}}));
        }
    }

    // A file with keys 1…1000 of generation 5.
    void make() {
        const auto opened = open(5);
        ASSERT_EQ(opened.state, SnapshotState::kMissing);
        add(*opened.index, 1, 1000);
        ASSERT_TRUE(opened.index->sync(5));
    }

    // The index holds `keys`, finds each and has each as it was appended.
    static void expect_rows(const Index& index, const std::vector<std::uint64_t>& keys) {
        ASSERT_THAT(index.keys(), ElementsAreArray(keys));
        for (const std::uint64_t key : keys) {
            const auto v = vector_of(key);
            const auto row = index.find(key);
            ASSERT_TRUE(row);
            ASSERT_EQ(row->vector, v);
            ASSERT_EQ(row->normalisation, normalisation_of(key));
            const auto hits = index.search({.vector = v, .most = 1, .only = std::span(&key, 1)});
            ASSERT_EQ(hits->size(), 1U);
        }
        const auto probe = vector_of(keys.front());
        ASSERT_EQ(index.search({.vector = probe, .most = 4096})->size(),
                  std::min<std::size_t>(keys.size(), 4096));
    }

    static std::vector<std::uint64_t> range(std::uint64_t first, std::uint64_t last) {
        std::vector<std::uint64_t> keys;
        for (std::uint64_t key = first; key <= last; ++key) keys.push_back(key);
        return keys;
    }

    std::string content() const {
        std::ifstream file(place_.path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    void flip(std::size_t at) const {
        std::fstream file(place_.path, std::ios::binary | std::ios::in | std::ios::out);
        file.seekg(static_cast<std::streamoff>(at));
        const char byte = static_cast<char>(file.get() ^ 1);
        file.seekp(static_cast<std::streamoff>(at));
        file.put(byte);
    }

    std::string folder_;
    IndexPlace place_;
};

TEST_F(IndexFile, BringsEveryRowBack) {
    make();
    const auto opened = open(5);
    EXPECT_EQ(opened.state, SnapshotState::kValid) << opened.reason;
    expect_rows(*opened.index, range(1, 1000));
    EXPECT_EQ(content().size(), kBlocksStart + 4 * kStride) << "as docs/formats/index.md says";
    struct stat status{};
    ASSERT_EQ(::stat(place_.path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(IndexFile, TakesRowsAppendedLaterWithoutRewritingOthers) {
    make();
    const std::string before = content();
    {
        const auto opened = open(5);
        add(*opened.index, 1001, 1300);
        ASSERT_TRUE(opened.index->sync(6));
    }
    const std::string after = content();
    EXPECT_EQ(after.substr(kBlocksStart, 3 * kStride), before.substr(kBlocksStart, 3 * kStride))
        << "full blocks stay as they are";
    const auto opened = open(6);
    EXPECT_EQ(opened.state, SnapshotState::kValid) << opened.reason;
    expect_rows(*opened.index, range(1, 1300));
}

TEST_F(IndexFile, ErasingRewritesOneBlockAtOnce) {
    make();
    const std::string before = content();
    const auto opened = open(5);
    ASSERT_EQ(opened.index->erase(std::vector<std::uint64_t>{300}), 1U);
    const std::string after = content();
    ASSERT_EQ(after.size(), before.size());
    for (std::size_t block = 0; block < 4; ++block) {
        const bool same = after.compare(kBlocksStart + block * kStride, kStride, before,
                                        kBlocksStart + block * kStride, kStride) == 0;
        EXPECT_EQ(same, block != 1) << "key 300 lies in block 1 of 256 rows; block " << block;
    }
    EXPECT_NE(after.substr(kBlocksStart + kStride, 12), before.substr(kBlocksStart + kStride, 12))
        << "a new nonce";

    const auto crashed = open(5);
    EXPECT_EQ(crashed.state, SnapshotState::kStale) << "nothing said that this is generation 5 still";
    auto keys = range(1, 1000);
    std::erase(keys, 300U);
    expect_rows(*crashed.index, keys);

    ASSERT_TRUE(opened.index->sync(6));
    const auto settled = open(6);
    EXPECT_EQ(settled.state, SnapshotState::kValid) << settled.reason;
    expect_rows(*settled.index, keys);
    add(*settled.index, 5000, 5000);
    ASSERT_TRUE(settled.index->sync(7));
    EXPECT_EQ(content().size(), before.size()) << "the place of the erased row is used again";
}

TEST_F(IndexFile, HoldsNoBytesOfATemplate) {
    make();
    const auto opened = open(5);
    const std::string bytes = content();
    for (const std::uint64_t key : {1U, 500U, 1000U}) {
        const auto v = vector_of(key);
        for (std::size_t i = 0; i + 2 <= v.size(); ++i)
            ASSERT_EQ(bytes.find(std::string_view(reinterpret_cast<const char*>(&v[i]), 8)),
                      std::string::npos);
    }
}

TEST_F(IndexFile, SaysWhenItIsStale) {
    make();
    EXPECT_EQ(open(6).state, SnapshotState::kStale);
    EXPECT_THAT(open(6).reason, HasSubstr("generation 5"));
    expect_rows(*open(6).index, range(1, 1000));

    place_.model = "pack 2";
    EXPECT_EQ(open(5).state, SnapshotState::kStale);
    EXPECT_EQ(open(5).index->size(), 0U) << "another model's templates are not comparable";
}

TEST_F(IndexFile, NoticesEveryFlippedBitAndKeepsTheOtherBlocks) {
    make();
    const std::string whole = content();
    for (const std::size_t at :
         {kBlocksStart + 2 * kStride, kBlocksStart + 2 * kStride + 12, kBlocksStart + 2 * kStride + 28,
          kBlocksStart + 2 * kStride + 28 + kPlain - 1}) {
        flip(at);
        const auto opened = open(5);
        EXPECT_EQ(opened.state, SnapshotState::kCorrupt) << "byte " << at;
        auto keys = range(1, 512);
        std::ranges::copy(range(769, 1000), std::back_inserter(keys));
        expect_rows(*opened.index, keys);
        flip(at);
        ASSERT_EQ(content(), whole);
    }
    ASSERT_EQ(open(5).state, SnapshotState::kValid);

    const auto opened = [&] {
        flip(kBlocksStart + 100);
        return open(5);
    }();
    add(*opened.index, 1, 256);
    ASSERT_TRUE(opened.index->sync(5));
    EXPECT_EQ(open(5).state, SnapshotState::kValid) << "mended from the database";
    expect_rows(*open(5).index, range(1, 1000));
}

TEST_F(IndexFile, BlocksDoNotMoveWithinOrBetweenFiles) {
    make();
    const std::string whole = content();
    std::string swapped = whole;
    swapped.replace(kBlocksStart, kStride, whole, kBlocksStart + kStride, kStride);
    std::ofstream(place_.path, std::ios::binary) << swapped;
    EXPECT_EQ(open(5).state, SnapshotState::kCorrupt);

    std::filesystem::remove(place_.path);
    make();
    std::string mixed = content();
    mixed.replace(kBlocksStart, kStride, whole, kBlocksStart, kStride);
    std::ofstream(place_.path, std::ios::binary) << mixed;
    EXPECT_EQ(open(5).state, SnapshotState::kCorrupt);
}

TEST_F(IndexFile, SurvivesTornHeadersTruncationAndWrongKeys) {
    make();
    const std::string whole = content();
    for (const std::size_t size : {0UL, 100UL, 8192UL, kBlocksStart + kStride + 5, whole.size() - 4096}) {
        std::filesystem::resize_file(place_.path, size);
        EXPECT_EQ(open(5).state, SnapshotState::kCorrupt) << size;
        std::ofstream(place_.path, std::ios::binary) << whole;
    }
    ASSERT_EQ(open(5).state, SnapshotState::kValid);

    {
        const auto opened = open(5);
        add(*opened.index, 2000, 2000);
        ASSERT_TRUE(opened.index->sync(6));
    }
    // The header of generation 6 went to one of the slots: torn, the file reads as being changed.
    const std::string later = content();
    for (const std::size_t slot : {0UL, 4096UL}) {
        flip(slot + 33);
        const auto torn = open(6);
        EXPECT_TRUE(torn.state == SnapshotState::kStale || torn.state == SnapshotState::kValid);
        expect_rows(*torn.index, [&] {
            auto keys = range(1, 1000);
            keys.push_back(2000);
            return keys;
        }());
        std::ofstream(place_.path, std::ios::binary) << later;
    }
    flip(33);
    flip(4096 + 33);
    EXPECT_EQ(open(6).state, SnapshotState::kCorrupt);
    std::ofstream(place_.path, std::ios::binary) << later;

    place_.key = Bytes(32, 8);
    EXPECT_EQ(open(6).state, SnapshotState::kCorrupt);
    EXPECT_EQ(open(6).index->size(), 0U);
}

TEST_F(IndexFile, SaysWhatTheSystemRefuses) {
    place_.key = Bytes(31, 7);
    EXPECT_EQ(Index::open(place_, 0).error().code, ErrorCode::kInvalidParameter);
    place_.key = Bytes(32, 7);
    place_.path = folder_ + "/nowhere/rows";
    const auto opened = open(0);
    add(*opened.index, 1, 3);
    const auto synced = opened.index->sync(1);
    ASSERT_FALSE(synced);
    EXPECT_EQ(synced.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(synced.error().message, HasSubstr("nowhere/rows"));
    expect_rows(*opened.index, range(1, 3));

    if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full here to stand for a full disk";
    std::filesystem::create_symlink("/dev/full", folder_ + "/full");
    place_.path = folder_ + "/full";
    const auto full = Index::open(place_, 0);
    ASSERT_TRUE(full);
    EXPECT_EQ(full->state, SnapshotState::kCorrupt) << "reads as zeros";
}

TEST_F(IndexFile, KeepsAnsweringWhenTheDiskRefuses) {
    make();
    const auto opened = open(5);
    Index& index = *opened.index;
    add(index, 1001, 1010);
    std::optional<testing_support::FullDisk> full(4);
    const auto synced = index.sync(6);
    const auto erased = index.erase(std::vector<std::uint64_t>{300});
    full.reset();

    ASSERT_FALSE(synced);
    EXPECT_EQ(synced.error().code, ErrorCode::kUnavailable);
    ASSERT_FALSE(erased);
    EXPECT_EQ(erased.error().code, ErrorCode::kUnavailable);
    EXPECT_FALSE(std::filesystem::exists(place_.path))
        << "a file that still holds an erased face must not stay";
    auto keys = range(1, 1010);
    std::erase(keys, 300U);
    expect_rows(index, keys);
    ASSERT_TRUE(index.sync(7));
    EXPECT_EQ(open(7).state, SnapshotState::kValid);
    expect_rows(*open(7).index, keys);
}

TEST_F(IndexFile, SearchesGoOnWhileRowsComeAndGo) {
    place_.threads = 2;
    const auto opened = open(0);
    Index& index = *opened.index;
    add(index, 1, 500);  // stay
    std::atomic<bool> done = false;
    std::atomic<int> searches = 0;
    std::vector<std::jthread> readers;
    readers.reserve(3);
    for (int reader = 0; reader < 3; ++reader)
        readers.emplace_back([&, reader] {
            for (std::uint64_t key = 1; !done; key = key % 500 + 1) {
                const auto v = vector_of(key);
                const auto hits =
                    index.search({.vector = v, .normalisation = normalisation_of(key), .most = 500});
                ASSERT_TRUE(hits);
                const auto self = std::ranges::find(*hits, key, &Hit::key);
                ASSERT_NE(self, hits->end()) << "a row that stays is always found";
                ASSERT_NEAR(self->cosine, 1, 1e-6);
                for (const Hit& hit : *hits) ASSERT_LT(hit.key, 3000U) << "never half a row";
                if (reader == 0) {
                    ASSERT_TRUE(index.find(key));
                }
                ++searches;
            }
        });
    for (int round = 0; round < 20 || searches < 200; ++round) {
        add(index, 1001, 1100);
        if (round % 5 == 0) {
            ASSERT_TRUE(index.sync(static_cast<std::uint64_t>(round)));
        }
        ASSERT_EQ(index.erase(range(1001, 1100)), 100U);
        const auto probe = vector_of(1050);
        const auto hits = index.search({.vector = probe, .most = 4096});
        for (const Hit& hit : hits.value()) ASSERT_LE(hit.key, 500U) << "erased is invisible at once";
    }
    done = true;
}

}  // namespace
}  // namespace visavis::match
