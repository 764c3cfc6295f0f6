#include "ledger/log.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/random.h"
#include "ledger/tiles.h"

namespace visavis::ledger {
namespace {

namespace fs = std::filesystem;

class LogTest : public testing::Test {
  protected:
    void SetUp() override { directory_ = fs::temp_directory_path() / ("visavis-log-" + random_uuid()); }
    void TearDown() override { fs::remove_all(directory_); }

    LogOptions options() const {
        LogOptions options;
        options.directory = directory_;
        options.origin = "example.com/log";
        options.publish_interval = std::chrono::hours(1);  // only when asked
        return options;
    }
    std::unique_ptr<Log> open() const {
        auto log = Log::open(options());
        EXPECT_TRUE(log) << log.error().message;
        return log ? std::move(*log) : nullptr;
    }
    std::string error() const {
        const auto log = Log::open(options());
        EXPECT_FALSE(log);
        return log ? "" : log.error().message;
    }
    static Bytes text(std::size_t i) {
        const std::string value = "entry " + std::to_string(i);
        return {value.begin(), value.end()};
    }
    static void append(Log& log, std::size_t from, std::size_t to) {
        std::vector<JournalEntry> entries;
        for (std::size_t i = from; i < to; ++i) entries.push_back({.entry = text(i), .openings = {}});
        const auto first = log.append(std::move(entries));
        ASSERT_TRUE(first) << first.error().message;
        EXPECT_EQ(*first, from);
    }
    fs::path journal() const {
        fs::path last;
        for (const auto& file : fs::directory_iterator(directory_ / "journal"))
            if (file.path().extension() == ".journal") last = std::max(last, file.path());
        return last;
    }
    static void flip(const fs::path& path, std::size_t at) {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(at));
        const char byte = static_cast<char>(file.get() ^ 0x20);
        file.seekp(static_cast<std::streamoff>(at));
        file.put(byte);
    }

    fs::path directory_;
};

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

// The process "dies" by copying the directory while the log runs: what is on disk then is what a crash
// leaves.
TEST_F(LogTest, ACrashLosesNothingAcknowledgedAndDropsATornTail) {
    const fs::path crashed = directory_.string() + ".crashed";
    {
        const auto log = open();
        append(*log, 0, 300);
        ASSERT_TRUE(log->publish());
        append(*log, 300, 700);
        append(*log, 700, 701);
        fs::copy(directory_, crashed, fs::copy_options::recursive);
    }
    fs::remove_all(directory_);
    fs::rename(crashed, directory_);
    const auto size = fs::file_size(journal());
    std::ofstream(journal(), std::ios::app | std::ios::binary) << "VJG1 a group that was never finished";
    auto log = open();
    ASSERT_TRUE(log);
    EXPECT_EQ(log->size(), 701U);
    EXPECT_LE(fs::file_size(journal()), size);
    append(*log, 701, 702);
    ASSERT_TRUE(log->publish());
    EXPECT_TRUE(verify_proof(*log->proof(650), text(650), log->verifier()));
}

TEST_F(LogTest, NoticesADamagedJournalGroupThatOthersFollow) {
    const fs::path crashed = directory_.string() + ".crashed";
    {
        const auto log = open();
        append(*log, 0, 10);
        append(*log, 10, 20);
        fs::copy(directory_, crashed, fs::copy_options::recursive);
    }
    fs::remove_all(directory_);
    fs::rename(crashed, directory_);
    for (const std::size_t at : std::initializer_list<std::size_t>{3, 20, 26, 30, 40, 60, 90, 150}) {
        flip(journal(), at);
        EXPECT_NE(error().find("damaged"), std::string::npos) << at;
        flip(journal(), at);
    }
    EXPECT_EQ(open()->size(), 20U);
}

TEST_F(LogTest, NoticesDroppedReorderedAndRepeatedJournalGroups) {
    const fs::path crashed = directory_.string() + ".crashed";
    {
        const auto log = open();
        for (std::size_t i = 0; i < 4; ++i) append(*log, i, i + 1);
        fs::copy(directory_, crashed, fs::copy_options::recursive);
    }
    fs::remove_all(directory_);
    fs::rename(crashed, directory_);
    std::ifstream stream(journal(), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(stream), {}};
    stream.close();
    std::vector<std::size_t> at;
    for (auto next = content.find("VJG1"); next != std::string::npos; next = content.find("VJG1", next + 1))
        at.push_back(next);
    ASSERT_EQ(at.size(), 4U);
    at.push_back(content.find_last_not_of('\0') + 1);
    const auto write_groups = [&](std::initializer_list<std::size_t> groups) {
        std::string changed = content.substr(0, at[0]);
        for (const std::size_t group : groups)
            changed += content.substr(at[group], at[group + 1] - at[group]);
        std::ofstream(journal(), std::ios::binary) << changed;
    };
    for (const auto& groups : std::initializer_list<std::initializer_list<std::size_t>>{
             {1, 2, 3}, {0, 2, 3}, {0, 1, 2}, {0, 2, 1, 3}, {1, 0, 2, 3}, {0, 1, 3, 2}, {0, 1, 1, 2, 3}}) {
        write_groups(groups);
        EXPECT_FALSE(error().empty());
    }
    write_groups({0, 1, 2, 3, 3});  // the last one twice says nothing new
    EXPECT_EQ(open()->size(), 4U);
}

// The end of the journal is where a torn write stands, too; what callers had been told of tells the two
// apart.
TEST_F(LogTest, NoticesThatAcknowledgedEntriesAreMissingAtTheVeryEnd) {
    const fs::path crashed = directory_.string() + ".crashed";
    {
        const auto log = open();
        append(*log, 0, 10);
        append(*log, 10, 20);
        fs::copy(directory_, crashed, fs::copy_options::recursive);
    }
    const auto put_back = [&] {
        fs::remove_all(directory_);
        fs::copy(crashed, directory_, fs::copy_options::recursive);
    };
    put_back();
    std::ifstream stream(journal(), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(stream), {}};
    const auto last = content.rfind("VJG1");
    const auto end = content.find_last_not_of('\0') + 1;
    for (std::size_t at = last; at < end; ++at) {
        flip(journal(), at);
        ASSERT_NE(error().find("acknowledged"), std::string::npos) << at;
        flip(journal(), at);
    }
    fs::resize_file(journal(), last);
    EXPECT_NE(error().find("20 were acknowledged"), std::string::npos);
    for (std::size_t at = 0; at < 16; ++at) {
        put_back();
        flip(directory_ / "journal/acknowledged", at);
        EXPECT_NE(error().find("damaged"), std::string::npos) << at;
    }
    put_back();
    fs::remove(directory_ / "journal/acknowledged");  // a log of before there was this file
    EXPECT_EQ(open()->size(), 20U);
    fs::remove_all(crashed);
}

TEST_F(LogTest, RefusesToStartWhenTheCheckpointIsAheadOfTheJournal) {
    {
        const auto log = open();
        append(*log, 0, 5);
    }
    const fs::path old = directory_.string() + ".old";
    fs::copy(directory_ / "journal", old, fs::copy_options::recursive);
    {
        const auto log = open();
        append(*log, 5, 9);
    }
    fs::remove_all(directory_ / "journal");
    fs::rename(old, directory_ / "journal");
    EXPECT_NE(error().find("acknowledged are gone"), std::string::npos) << error();
    fs::remove_all(directory_ / "journal");
    fs::create_directory(directory_ / "journal");
    EXPECT_NE(error().find("no journal"), std::string::npos) << error();
}

TEST_F(LogTest, RefusesDamagedTilesCheckpointAndKey) {
    {
        const auto log = open();
        append(*log, 0, 300);
    }
    for (const std::string name :
         {"tile/0/001.p/44", "tile/entries/001.p/44", "tile/1/000.p/1", "checkpoint", "key"}) {
        flip(directory_ / name, 12);
        EXPECT_FALSE(error().empty()) << name;
        flip(directory_ / name, 12);
    }
    EXPECT_EQ(open()->size(), 300U);
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

/// Keeps what a crash would leave each time a checkpoint is about to be written.
class CopyingCosigner final : public Cosigner {
  public:
    CopyingCosigner(fs::path from, fs::path to) : from_(std::move(from)), to_(std::move(to)) {}
    Result<std::vector<NoteSignature>> cosign(const SignedCheckpoint&, const NodeReader&) override {
        fs::copy(from_, to_ / std::to_string(count++), fs::copy_options::recursive);
        return std::vector<NoteSignature>{};
    }
    std::size_t count = 0;

  private:
    fs::path from_;
    fs::path to_;
};

TEST_F(LogTest, ARotationThatACrashCutsShortIsFinishedAtTheNextStart) {
    const fs::path crashes = directory_.string() + ".crashes";
    fs::create_directory(crashes);
    LogOptions copying = options();
    const auto cosigner = std::make_shared<CopyingCosigner>(directory_, crashes);
    copying.cosigner = cosigner;
    VerifierKey old_key;
    VerifierKey new_key;
    {
        auto log = Log::open(copying).value();
        append(*log, 0, 3);
        old_key = log->verifier();
        ASSERT_TRUE(log->rotate_key([](const SigningKey&, const SigningKey&) { return text(3); }));
        new_key = log->verifier();
    }
    ASSERT_GE(cosigner->count, 2U);
    std::size_t taken = 0;
    for (std::size_t i = 0; i < cosigner->count; ++i) {
        const bool in_rotation = fs::exists(crashes / std::to_string(i) / "key.next");
        // Once as it was, once with the checkpoint that was written right after.
        for (const bool with_checkpoint : {false, true}) {
            fs::remove_all(directory_);
            fs::copy(crashes / std::to_string(i), directory_, fs::copy_options::recursive);
            if (with_checkpoint && i + 1 < cosigner->count)
                fs::copy(crashes / std::to_string(i + 1) / "checkpoint", directory_ / "checkpoint",
                         fs::copy_options::overwrite_existing);
            if (with_checkpoint && i + 1 == cosigner->count) continue;
            const auto log = open();
            ASSERT_TRUE(log) << i;
            const bool entry_is_there = log->size() == 4;
            EXPECT_EQ(log->verifier(), entry_is_there ? new_key : old_key) << i;
            ASSERT_TRUE(log->publish());
            EXPECT_TRUE(open_checkpoint(to_text(log->checkpoint().note), log->verifier()));
            EXPECT_FALSE(fs::exists(directory_ / "key.next"));
            taken += in_rotation ? 1U : 0U;
        }
    }
    EXPECT_GT(taken, 0U) << "no copy was made in the middle of the rotation";
    fs::remove_all(crashes);
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
