#include "ledger/log.h"

#include <filesystem>
#include <iterator>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "ledger/log_test_support.h"
#include "ledger/tiles.h"

namespace visavis::ledger {
namespace {

namespace fs = std::filesystem;

TEST_F(LogTest, ProvesWhatItTookAcrossTileBoundaries) {
    auto log = open();
    std::size_t size = 0;
    std::vector<Hash> leaves;
    std::vector<SignedCheckpoint> checkpoints;
    for (const std::size_t next :
         std::initializer_list<std::size_t>{1, 2, 255, 256, 257, 600, 65537, 65536 + 300}) {
        append(*log, size, next);
        for (; size < next; ++size) leaves.push_back(leaf_hash(text(size)));
        ASSERT_TRUE(log->publish());
        const auto checkpoint = log->checkpoint();
        ASSERT_EQ(checkpoint.checkpoint.size, size);
        EXPECT_EQ(checkpoint.checkpoint.root, root_of(leaves));
        for (const std::size_t index : {std::size_t{0}, size / 2, size - 1}) {
            const auto proof = log->proof(index);
            ASSERT_TRUE(proof) << proof.error().message;
            const auto parsed = parse_proof(to_text(*proof));
            ASSERT_TRUE(parsed);
            EXPECT_TRUE(verify_proof(*parsed, text(index), log->verifier()));
            EXPECT_FALSE(verify_proof(*parsed, text(index + 1), log->verifier()));
            EXPECT_EQ(log->entry(index).value(), text(index));
        }
        checkpoints.push_back(checkpoint);
        // Every other time across a restart.
        if (checkpoints.size() % 2 == 0) {
            log.reset();
            log = open();
            EXPECT_EQ(log->size(), size);
        }
    }
    const DirectoryReader reader(directory_);
    for (const auto& old : checkpoints) {
        const TileTree tiles(reader, size);
        const auto proof = consistency_proof(tiles, old.checkpoint.size, size);
        ASSERT_TRUE(proof) << proof.error().message;
        EXPECT_TRUE(
            verify_consistency(old.checkpoint.size, old.checkpoint.root, size, root_of(leaves), *proof));
    }
}

TEST_F(LogTest, AProofBeforeItsCheckpointIsUnavailableNotMissing) {
    const auto log = open();
    append(*log, 0, 1);
    EXPECT_EQ(log->proof(0).error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(log->proof(1).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(log->entry(0).value(), text(0));
    ASSERT_TRUE(log->publish());
    EXPECT_TRUE(log->proof(0));
}

TEST_F(LogTest, KeyIsPrivateAndASecondWriterIsRefused) {
    const auto log = open();
    struct stat status{};
    ASSERT_EQ(::stat((directory_ / "key").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    const auto second = Log::open(options());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kConflict);
}

TEST_F(LogTest, TrimsTheJournalOnceOpeningsAreKept) {
    LogOptions with_openings = options();
    std::mutex mutex;
    std::vector<std::string> kept;
    bool refuse = true;
    with_openings.keep_openings = [&](std::uint64_t first,
                                      std::span<const JournalEntry> entries) -> Result<void> {
        const std::lock_guard guard(mutex);
        if (refuse) return fail(ErrorCode::kUnavailable, "not now");
        EXPECT_EQ(first, kept.size());
        for (const auto& entry : entries) kept.emplace_back(as_text(entry.openings));
        return {};
    };
    {
        auto log = Log::open(with_openings);
        ASSERT_TRUE(log);
        ASSERT_TRUE((*log)->append({{.entry = text(0), .openings = Bytes{'a'}}}));
        EXPECT_EQ((*log)->publish().error().message, "not now");
        EXPECT_GT(fs::file_size(journal()), 100U);
    }
    // Closed without having handed them over: they come from the journal at the next start.
    refuse = false;
    auto log = Log::open(with_openings);
    ASSERT_TRUE(log);
    ASSERT_TRUE((*log)->publish());
    EXPECT_EQ(kept, std::vector<std::string>{"a"});
    EXPECT_EQ(fs::file_size(journal()), 24U);
    EXPECT_EQ(std::distance(fs::directory_iterator(directory_ / "journal"), fs::directory_iterator()),
              2);  // and `acknowledged`
}

TEST_F(LogTest, RotationChangesTheKeyOnceItsEntryIsInTheLog) {
    auto log = open();
    append(*log, 0, 3);
    const auto old_key = log->verifier();
    const auto index = log->rotate_key([](const SigningKey&, const SigningKey& next) {
        const std::string entry = to_text(next.verifier());
        return Bytes(entry.begin(), entry.end());
    });
    ASSERT_TRUE(index) << index.error().message;
    EXPECT_EQ(*index, 3U);
    const auto new_key = log->verifier();
    EXPECT_NE(new_key.id, old_key.id);
    EXPECT_EQ(new_key.name, old_key.name);
    EXPECT_EQ(as_text(log->entry(3).value()), to_text(new_key));
    EXPECT_TRUE(open_checkpoint(to_text(log->checkpoint().note), new_key));
    log.reset();
    EXPECT_EQ(open()->verifier(), new_key);
    EXPECT_FALSE(fs::exists(directory_ / "key.next"));
}

TEST_F(LogTest, WritersAtOnceGetDifferentIndexes) {
    constexpr std::size_t kWriters = 8;
    constexpr std::size_t kEach = 50;
    const auto log = open();
    std::vector<std::vector<std::uint64_t>> indexes(kWriters);
    {
        std::vector<std::jthread> writers;
        for (std::size_t writer = 0; writer < kWriters; ++writer)
            writers.emplace_back([&, writer] {
                for (std::size_t i = 0; i < kEach; ++i)
                    indexes[writer].push_back(
                        log->append({{.entry = text(writer * 1000 + i), .openings = {}}}).value());
            });
    }
    ASSERT_TRUE(log->publish());
    std::vector<bool> seen(kWriters * kEach);
    for (std::size_t writer = 0; writer < kWriters; ++writer)
        for (std::size_t i = 0; i < kEach; ++i) {
            const auto index = indexes[writer][i];
            ASSERT_LT(index, seen.size());
            EXPECT_FALSE(seen[index]);
            seen[index] = true;
            EXPECT_EQ(log->entry(index).value(), text(writer * 1000 + i));
        }
}

}  // namespace
}  // namespace visavis::ledger
