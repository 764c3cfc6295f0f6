#include "ledger/copy_log.h"

#include <atomic>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "base/random.h"
#include "ledger/ledger.h"
#include "ledger/verify_log.h"

namespace visavis::ledger {
namespace {

namespace fs = std::filesystem;

class CopyLogTest : public testing::Test {
  protected:
    void SetUp() override {
        directory_ = fs::temp_directory_path() / ("visavis-copy-" + random_uuid());
        fs::create_directory(directory_);
    }
    void TearDown() override { fs::remove_all(directory_); }
    Result<std::unique_ptr<Ledger>> open(const fs::path& place) const {
        LedgerOptions options;
        options.directory = place / "ledger";
        options.openings = place / "openings.db";
        options.origin = "example.com/log";
        options.publish_interval = std::chrono::milliseconds(1);
        return Ledger::open(std::move(options), key_);
    }
    static Draft draft() {
        Draft draft;
        draft.receipt.operation = "DetectFaces";
        draft.secrets = {{.field = "principal", .value = "anna"}};
        return draft;
    }

    fs::path directory_;
    keys::SealKey key_ = keys::SealKey::generate();
};

// Writers, a publisher that trims the journal all the time, and rotations of the key go on meanwhile.
TEST_F(CopyLogTest, ACopyOfALogThatIsWrittenIsWholeAndGoesOn) {
    fs::create_directory(directory_ / "running");
    const auto ledger = open(directory_ / "running").value();
    std::atomic<std::uint64_t> acknowledged{0};
    std::atomic<bool> stop{false};
    std::vector<std::jthread> writers;
    for (int i = 0; i < 2; ++i)
        writers.emplace_back([&] {
            while (!stop) {
                const auto index = ledger->add(draft());
                ASSERT_TRUE(index) << index.error().message;
                std::uint64_t seen = acknowledged;
                while (seen <= *index && !acknowledged.compare_exchange_weak(seen, *index + 1)) {
                }
            }
        });
    writers.emplace_back([&] {
        while (!stop) ASSERT_TRUE(ledger->rotate_key(TimePoint{}));
    });
    for (int round = 0; round < 10; ++round) {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        const std::uint64_t before = acknowledged;
        const fs::path place = directory_ / std::to_string(round);
        const auto copy = copy_log(directory_ / "running/ledger", place / "ledger");
        ASSERT_TRUE(copy) << copy.error().message;
        EXPECT_GE(copy->size, before);
        EXPECT_FALSE(fs::exists(place / "ledger/key"));
        ASSERT_TRUE(write_copied_key(*copy, place / "ledger", round % 2 == 0 ? &key_ : nullptr));
        const auto again = open(place);
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ((*again)->log().size(), copy->size);
        EXPECT_EQ((*again)->add(draft()).value(), copy->size);
        ASSERT_TRUE((*again)->log().publish());
        const DirectoryReader reader(place / "ledger");
        EXPECT_EQ(verify_log(reader, {}).verdict, Verdict::kValid) << verify_log(reader, {}).reason;
        EXPECT_FALSE(fs::exists(place / "ledger/key.sealed"));
    }
    stop = true;
}

TEST_F(CopyLogTest, ASealedKeyShowsNothingAndOpensUnderItsServerKeyOnly) {
    fs::create_directory(directory_ / "running");
    {
        ASSERT_TRUE(open(directory_ / "running").value()->add(draft()));
    }
    const fs::path place = directory_ / "copy";
    const auto copy = copy_log(directory_ / "running/ledger", place / "ledger");
    ASSERT_TRUE(copy) << copy.error().message;
    ASSERT_TRUE(write_copied_key(*copy, place / "ledger", &key_));
    const auto sealed = read_file(place / "ledger/key.sealed", 4096).value();
    EXPECT_EQ(as_text(sealed).find("PRIVATE"), std::string_view::npos);
    const keys::SealKey right = key_;
    key_ = keys::SealKey::generate();
    const auto refused = open(place);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("another server key"), std::string::npos);
    key_ = right;
    EXPECT_EQ(open(place).value()->log().size(), 1U);
}

}  // namespace
}  // namespace visavis::ledger
