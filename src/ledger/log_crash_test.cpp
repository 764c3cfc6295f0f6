// What a log makes of what a crash, a failing disk or a forger leaves.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include <gtest/gtest.h>

#include "base/test_full_disk.h"
#include "ledger/log.h"
#include "ledger/log_test_support.h"

namespace visavis::ledger {
namespace {

namespace fs = std::filesystem;

class LogCrashTest : public LogTest {
  protected:
    std::map<std::string, std::string> files() const {
        std::map<std::string, std::string> found;
        for (const auto& file : fs::recursive_directory_iterator(directory_)) {
            std::ifstream stream(file.path(), std::ios::binary);
            if (file.is_regular_file())
                found[file.path().string()] = std::string(std::istreambuf_iterator<char>(stream), {});
        }
        return found;
    }
    /// Refused with a message that says `what`, and every file is as it was.
    void expect_untouched(const std::string& what) const {
        const auto before = files();
        EXPECT_NE(error().find(what), std::string::npos) << error();
        EXPECT_EQ(files(), before);
    }
};

TEST_F(LogCrashTest, ACrashLosesNothingAcknowledgedAndDropsATornTail) {
    {
        const auto log = open();
        append(*log, 0, 300);
        ASSERT_TRUE(log->publish());
        append(*log, 300, 700);
        append(*log, 700, 701);
        copy_as_crashed();
    }
    put_crashed_back();
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

TEST_F(LogCrashTest, NoticesADamagedJournalGroupThatOthersFollow) {
    {
        const auto log = open();
        append(*log, 0, 10);
        append(*log, 10, 20);
        copy_as_crashed();
    }
    put_crashed_back();
    for (const std::size_t at : std::initializer_list<std::size_t>{3, 20, 26, 30, 40, 60, 90, 150}) {
        flip(journal(), at);
        EXPECT_NE(error().find("damaged"), std::string::npos) << at;
        flip(journal(), at);
    }
    EXPECT_EQ(open()->size(), 20U);
}

TEST_F(LogCrashTest, NoticesDroppedReorderedAndRepeatedJournalGroups) {
    {
        const auto log = open();
        for (std::size_t i = 0; i < 4; ++i) append(*log, i, i + 1);
        copy_as_crashed();
    }
    put_crashed_back();
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
TEST_F(LogCrashTest, NoticesThatAcknowledgedEntriesAreMissingAtTheVeryEnd) {
    {
        const auto log = open();
        append(*log, 0, 10);
        append(*log, 10, 20);
        copy_as_crashed();
    }
    put_crashed_back();
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
        put_crashed_back();
        flip(directory_ / "journal/acknowledged", at);
        EXPECT_NE(error().find("damaged"), std::string::npos) << at;
    }
    put_crashed_back();
    fs::remove(directory_ / "journal/acknowledged");  // a log of before there was this file
    EXPECT_EQ(open()->size(), 20U);
}

TEST_F(LogCrashTest, RefusesToStartWhenTheCheckpointIsAheadOfTheJournal) {
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

TEST_F(LogCrashTest, ACheckpointLostBeforeTheFirstTilesIsRefusedAndNothingIsTouched) {
    {
        const auto log = open();
        append(*log, 0, 134);
        copy_as_crashed();
    }
    put_crashed_back();
    const fs::path kept = directory_.string() + ".checkpoint";
    fs::rename(directory_ / "checkpoint", kept);
    expect_untouched("no checkpoint");
    fs::remove(directory_ / "journal/acknowledged");  // a log of before there was this file
    expect_untouched("no checkpoint");
    fs::rename(kept, directory_ / "checkpoint");
    EXPECT_EQ(open()->size(), 134U);
}

TEST_F(LogCrashTest, TilesAndCheckpointLostAreRefusedAndNothingIsTouched) {
    {
        const auto log = open();
        append(*log, 0, 10);
    }
    fs::remove_all(directory_ / "tile");
    fs::remove(directory_ / "checkpoint");
    expect_untouched("no checkpoint");
    fs::remove(directory_ / "journal/acknowledged");  // the segment's number still tells
    expect_untouched("no checkpoint");
    fs::remove_all(directory_ / "journal");
    expect_untouched("no checkpoint");
}

TEST_F(LogCrashTest, ACrashWhileTheLogIsMadeLeavesOneThatStarts) {
    const VerifierKey key = open()->verifier();
    const auto start = [&] {
        const auto log = open();
        append(*log, 0, 3);
        return log->verifier();
    };
    // As if the steps of making it had not been taken, the last one first.
    fs::remove(directory_ / "checkpoint");
    copy_as_crashed();
    EXPECT_EQ(start(), key);
    put_crashed_back();
    fs::remove(directory_ / "log.vkey");
    EXPECT_EQ(start(), key);
    EXPECT_TRUE(fs::exists(directory_ / "log.vkey"));
    put_crashed_back();
    fs::remove(directory_ / "log.vkey");
    fs::remove(directory_ / "key");
    copy_as_crashed();
    EXPECT_NE(start(), key);
    put_crashed_back();
    fs::remove(journal());
    EXPECT_NE(start(), key);
    put_crashed_back();
    fs::remove(journal());
    fs::remove(directory_ / "journal/acknowledged");
    EXPECT_NE(start(), key);
}

TEST_F(LogCrashTest, AFullJournalIsNoticedBeforeAnythingIsAppended) {
    const auto log = open();
    append(*log, 0, 1);
    ASSERT_TRUE(log->writable());
    const auto size = fs::file_size(journal());
    {
        const testing_support::FullDisk full(size);
        // What was set aside is there, and then the log says so in time.
        std::size_t taken = 1;
        while (log->writable()) {
            ASSERT_LT(taken, 10'000U);
            append(*log, taken, taken + 1);
            ++taken;
        }
        EXPECT_GT(taken, 1U);
        EXPECT_EQ(log->writable().error().code, ErrorCode::kUnavailable);
        // An append that fails all the same is remembered.
        ASSERT_FALSE(log->append({{.entry = Bytes(60'000, 1), .openings = Bytes(60'000, 1)}}));
        EXPECT_FALSE(log->writable());
    }
    EXPECT_TRUE(log->writable());
    append(*log, log->size(), log->size() + 1);
}

TEST_F(LogCrashTest, RefusesDamagedTilesCheckpointAndKey) {
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

/// Keeps what a crash would leave each time a checkpoint is about to be written.
class CopyingCosigner final : public Cosigner {
  public:
    CopyingCosigner(fs::path from, fs::path to) : from_(std::move(from)), to_(std::move(to)) {}
    Result<std::vector<NoteSignature>> cosign(const SignedCheckpoint&, const NodeReader&) override {
        fs::copy(from_, to_ / std::to_string(count++), fs::copy_options::recursive);
        return std::vector<NoteSignature>{};
    }
    bool wants(const SignedCheckpoint&) const override { return true; }
    std::size_t count = 0;

  private:
    fs::path from_;
    fs::path to_;
};

TEST_F(LogCrashTest, ARotationThatACrashCutsShortIsFinishedAtTheNextStart) {
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
        for (const auto& [with_checkpoint, replay_bytes] :
             std::initializer_list<std::pair<bool, std::size_t>>{
                 {false, 1}, {true, 1}, {false, options().replay_bytes}, {true, options().replay_bytes}}) {
            fs::remove_all(directory_);
            fs::copy(crashes / std::to_string(i), directory_, fs::copy_options::recursive);
            if (with_checkpoint && i + 1 < cosigner->count)
                fs::copy(crashes / std::to_string(i + 1) / "checkpoint", directory_ / "checkpoint",
                         fs::copy_options::overwrite_existing);
            if (with_checkpoint && i + 1 == cosigner->count) continue;
            LogOptions after_crash = options();
            after_crash.replay_bytes = replay_bytes;
            const auto log = Log::open(after_crash).value();
            ASSERT_TRUE(log->catch_up()) << i;
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

}  // namespace
}  // namespace visavis::ledger
