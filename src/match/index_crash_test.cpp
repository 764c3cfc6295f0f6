// A process that is killed at any moment leaves an index file that is valid, stale or corrupt, never wrong.
// Ten rounds; with VISAVIS_TEST_LONG=1 a hundred.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "match/index.h"
#include "match/test_vectors.h"

namespace visavis::match {
namespace {

constexpr std::size_t kDimension = 128;
constexpr std::uint64_t kKeys = 4000;

std::vector<float> vector_of(std::uint64_t key) {
    return match::vector_of(key, kDimension);
}

// What the "database" of the test holds; survives the child. A row is `here` from before it is appended, and
// gone from after it is erased, as a database would have it that commits first.
struct Database {
    std::atomic<std::uint64_t> generation;
    std::atomic<bool> here[kKeys];
};

[[noreturn]] void change_until_killed(const IndexPlace& place, Database& database, unsigned seed) {
    auto opened = Index::open(place, database.generation);
    if (!opened) std::_Exit(1);
    Index& index = *opened->index;
    const auto set = [&](std::uint64_t key, bool here) {
        database.here[key] = here;
        ++database.generation;
    };
    // Made equal to the database, as a server does at start.
    for (std::uint64_t key = 0; key < kKeys; ++key) {
        if (database.here[key] && !index.contains(key)) {
            const auto v = vector_of(key);
            if (!index.append(std::vector<Row>{{.key = key, .vector = v}})) std::_Exit(1);
        }
        if (!database.here[key] && index.contains(key) && !index.erase(std::span(&key, 1))) std::_Exit(1);
    }
    std::mt19937 random(seed);
    for (;;) {
        const std::uint64_t key = random() % kKeys;
        if (index.contains(key)) {
            set(key, false);
            if (!index.erase(std::span(&key, 1))) std::_Exit(1);
        } else {
            set(key, true);
            const auto v = vector_of(key);
            if (!index.append(std::vector<Row>{{.key = key, .vector = v}})) std::_Exit(1);
        }
        if (random() % 20 == 0 && !index.sync(database.generation)) std::_Exit(1);
    }
}

TEST(IndexFileUnderKill, IsNeverWrong) {
    const char* asked = std::getenv("VISAVIS_TEST_LONG");
    const int rounds = asked != nullptr && std::string(asked) == "1" ? 100 : 10;
    const std::string path = testing::TempDir() + "index-under-kill-" + std::to_string(::getpid());
    const IndexPlace place{.path = path, .key = Bytes(32, 9), .model = "m", .dimension = kDimension};
    void* shared =
        ::mmap(nullptr, sizeof(Database), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(shared, MAP_FAILED);
    auto& database = *new (shared) Database{};
    std::mt19937 random(1);
    std::size_t found = 0;
    int states[4]{};
    for (int round = 0; round < rounds; ++round) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) change_until_killed(place, database, static_cast<unsigned>(round));
        std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 300));
        ::kill(child, SIGKILL);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed by itself";

        const auto opened = Index::open(place, database.generation);
        ASSERT_TRUE(opened) << opened.error().message;
        ++states[static_cast<int>(opened->state)];
        const auto keys = opened->index->keys();
        found += keys.size();
        for (const std::uint64_t key : keys) {
            const auto row = opened->index->find(key);
            ASSERT_TRUE(row);
            ASSERT_EQ(row->vector, vector_of(key)) << "half a row, or another's";
        }
        if (opened->state == SnapshotState::kValid) {
            std::set<std::uint64_t> expected;
            for (std::uint64_t key = 0; key < kKeys; ++key)
                if (database.here[key]) expected.insert(key);
            EXPECT_EQ(std::set<std::uint64_t>(keys.begin(), keys.end()), expected)
                << "valid, but not the database";
        }
    }
    (void)std::printf("after %d kills: %d valid, %d missing, %d stale, %d corrupt; %zu rows checked\n",
                      rounds, states[0], states[1], states[2], states[3], found);
    EXPECT_GT(found, 100U);
    ::munmap(shared, sizeof(Database));
    std::filesystem::remove(path);
    for (const auto& entry : std::filesystem::directory_iterator(testing::TempDir()))
        if (entry.path().string().starts_with(path)) std::filesystem::remove(entry.path());
}

}  // namespace
}  // namespace visavis::match
