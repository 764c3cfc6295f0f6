// A long journal after a crash: the log serves at once, and the rest is worked off beside it.
#include <filesystem>
#include <iterator>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "ledger/log.h"
#include "ledger/log_test_support.h"

namespace visavis::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kEntries = 3000;

/// Where openings go in these tests: refused beyond what is allowed, and counted.
class Keeper {
  public:
    auto taking() {
        return [this](std::uint64_t first, std::span<const JournalEntry> entries) -> Result<void> {
            std::unique_lock guard(mutex_);
            EXPECT_LE(first, kept_.size()) << "openings were left out";
            for (std::size_t i = 0; i < entries.size(); ++i) {
                if (first + i < kept_.size()) continue;  // once more, after a crash
                if (kept_.size() >= limit_) return fail(ErrorCode::kUnavailable, "not now");
                kept_.emplace_back(as_text(entries[i].openings));
            }
            return {};
        };
    }
    void allow(std::size_t limit) {
        const std::lock_guard guard(mutex_);
        limit_ = limit;
    }
    std::vector<std::string> kept() {
        const std::lock_guard guard(mutex_);
        return kept_;
    }

  private:
    std::mutex mutex_;
    std::vector<std::string> kept_;
    std::size_t limit_{};
};

class LogCatchUpTest : public LogTest {
  protected:
    LogOptions small(Keeper& keeper) const {
        LogOptions result = options();
        result.replay_bytes = 10'000;
        result.publish_interval = std::chrono::milliseconds(20);
        result.keep_openings = keeper.taking();
        return result;
    }
    static std::string opening(std::size_t i) { return "opening of " + std::to_string(i); }
    /// A journal of kEntries of which nothing is in tiles.
    void leave_long_journal() {
        {
            const auto log = open();
            for (std::size_t i = 0; i < kEntries;) {
                std::vector<JournalEntry> group;
                for (std::size_t j = 0; j < 7 && i < kEntries; ++j, ++i)
                    group.push_back({.entry = text(i), .openings = bytes(opening(i))});
                ASSERT_TRUE(log->append(std::move(group)));
            }
            copy_as_crashed();
        }
        put_crashed_back();
    }
    static Bytes bytes(const std::string& value) { return {value.begin(), value.end()}; }
    static Hash root_of_texts(std::size_t count) {
        std::vector<Hash> leaves;
        for (std::size_t i = 0; i < count; ++i) leaves.push_back(leaf_hash(text(i)));
        return root_of(leaves);
    }
    static void expect_all(const std::vector<std::string>& kept, std::size_t count) {
        ASSERT_EQ(kept.size(), count);
        for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(kept[i], opening(i));
    }
};

TEST_F(LogCatchUpTest, ServesAtOnceAndWorksTheJournalOffBesideIt) {
    leave_long_journal();
    Keeper keeper;
    {
        const auto log = Log::open(small(keeper)).value();
        EXPECT_EQ(log->size(), kEntries);
        EXPECT_EQ(log->caught_up().error().code, ErrorCode::kUnavailable);
        EXPECT_EQ(log->append({{.entry = text(kEntries), .openings = bytes(opening(kEntries))}}).value(),
                  kEntries);
        EXPECT_EQ(log->entry(kEntries + 1).error().code, ErrorCode::kNotFound);
        // Checkpoints do not wait for openings.
        ASSERT_TRUE(log->publish());
        EXPECT_EQ(log->checkpoint().checkpoint.size, kEntries + 1);
        EXPECT_EQ(log->checkpoint().checkpoint.root, root_of_texts(kEntries + 1));
        for (const std::size_t i : {std::size_t{0}, kEntries / 2, kEntries})
            EXPECT_TRUE(verify_proof(log->proof(i).value(), log->entry(i).value(), log->verifier()));
        EXPECT_EQ(log->backlog(), (Backlog{.tiles = 0, .openings = kEntries + 1}));
        EXPECT_TRUE(keeper.kept().empty());
        EXPECT_TRUE(fs::exists(directory_ / "journal/00000000000000000000.journal"))
            << "the journal is the only place where the openings are";
        keeper.allow(SIZE_MAX);
        ASSERT_TRUE(log->catch_up());
        EXPECT_TRUE(log->caught_up());
        EXPECT_TRUE(log->backlog().empty());
        expect_all(keeper.kept(), kEntries + 1);
        // From here on as ever.
        ASSERT_TRUE(log->append({{.entry = text(kEntries + 1), .openings = bytes(opening(kEntries + 1))}}));
        ASSERT_TRUE(log->publish());
        expect_all(keeper.kept(), kEntries + 2);
        EXPECT_FALSE(fs::exists(directory_ / "journal/00000000000000000000.journal"));
    }
    EXPECT_EQ(open()->size(), kEntries + 2);
}

TEST_F(LogCatchUpTest, ClosedOrCrashedMeanwhileItGoesOnAtTheNextStart) {
    leave_long_journal();
    Keeper keeper;
    // Closed with tiles written and no opening handed over; crashed with a part of them; then to the end.
    ASSERT_TRUE(Log::open(small(keeper)).value()->publish());
    EXPECT_TRUE(keeper.kept().empty());
    keeper.allow(kEntries / 3);
    {
        const auto log = Log::open(small(keeper)).value();
        EXPECT_EQ(log->checkpoint().checkpoint.size, kEntries);
        EXPECT_FALSE(log->caught_up());
        ASSERT_TRUE(log->append({{.entry = text(kEntries), .openings = bytes(opening(kEntries))}}));
        ASSERT_TRUE(log->publish());  // then nothing on the disk changes while it is copied
        while (keeper.kept().size() < kEntries / 3) std::this_thread::yield();
        EXPECT_FALSE(log->caught_up());
        copy_as_crashed();
    }
    put_crashed_back();
    keeper.allow(SIZE_MAX);
    const auto log = Log::open(small(keeper)).value();
    EXPECT_EQ(log->size(), kEntries + 1);
    ASSERT_TRUE(log->catch_up());
    ASSERT_TRUE(log->publish());
    expect_all(keeper.kept(), kEntries + 1);
    EXPECT_EQ(log->checkpoint().checkpoint.root, root_of_texts(kEntries + 1));
}

TEST_F(LogCatchUpTest, WritersMeanwhileLoseNothing) {
    leave_long_journal();
    Keeper keeper;
    keeper.allow(SIZE_MAX);
    const auto log = Log::open(small(keeper)).value();
    for (std::size_t i = kEntries; i < kEntries + 400; ++i)
        ASSERT_EQ(log->append({{.entry = text(i), .openings = bytes(opening(i))}}).value(), i);
    ASSERT_TRUE(log->catch_up());
    ASSERT_TRUE(log->publish());
    EXPECT_EQ(log->checkpoint().checkpoint.root, root_of_texts(kEntries + 400));
    expect_all(keeper.kept(), kEntries + 400);
}

class SizesCosigner final : public Cosigner {
  public:
    Result<std::vector<NoteSignature>> cosign(const SignedCheckpoint& checkpoint,
                                              const NodeReader&) override {
        const std::lock_guard guard(mutex_);
        sizes_.push_back(checkpoint.checkpoint.size);
        return std::vector<NoteSignature>{};
    }
    bool wants(const SignedCheckpoint&) const override { return true; }
    std::vector<std::uint64_t> sizes() {
        const std::lock_guard guard(mutex_);
        return sizes_;
    }

  private:
    std::mutex mutex_;
    std::vector<std::uint64_t> sizes_;
};

// A witness may have cosigned all of it before the crash, and takes anything smaller for a fork.
TEST_F(LogCatchUpTest, WitnessesAreShownNothingSmallerThanTheWholeLog) {
    leave_long_journal();
    Keeper keeper;
    keeper.allow(SIZE_MAX);
    LogOptions cosigned = small(keeper);
    const auto cosigner = std::make_shared<SizesCosigner>();
    cosigned.cosigner = cosigner;
    const auto log = Log::open(cosigned).value();
    ASSERT_TRUE(log->catch_up());
    ASSERT_TRUE(log->publish());
    const auto sizes = cosigner->sizes();
    ASSERT_FALSE(sizes.empty());
    for (const std::uint64_t size : sizes) ASSERT_EQ(size, kEntries);
}

TEST_F(LogCatchUpTest, ALongJournalIsCheckedBeforeAnythingIsServed) {
    leave_long_journal();
    const auto size = fs::file_size(journal());
    Keeper keeper;
    flip(journal(), size / 3);
    EXPECT_EQ(Log::open(small(keeper)).error().code, ErrorCode::kInternal);
    flip(journal(), size / 3);
    EXPECT_TRUE(Log::open(small(keeper)));
}

TEST_F(LogCatchUpTest, AnEntryThatDiffersFromItsTileIsNoticed) {
    leave_long_journal();
    Keeper keeper;
    ASSERT_TRUE(Log::open(small(keeper)).value()->publish());
    flip(directory_ / "tile/0/001", 40);
    EXPECT_NE(Log::open(small(keeper)).error().message.find("differs"), std::string::npos);
}

}  // namespace
}  // namespace visavis::ledger
