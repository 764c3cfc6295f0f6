#include "ledger/verify_log.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "base/random.h"
#include "ledger/ledger.h"

namespace visavis::ledger {
namespace {

namespace fs = std::filesystem;

class VerifyLogTest : public testing::Test {
  protected:
    void SetUp() override {
        directory_ = fs::temp_directory_path() / ("visavis-verify-" + random_uuid());
        fs::create_directory(directory_);
        LedgerOptions options;
        options.directory = directory_ / "ledger";
        options.openings = directory_ / "openings.db";
        options.origin = "example.com/log";
        options.publish_interval = std::chrono::hours(1);
        ledger_ = Ledger::open(std::move(options), keys::SealKey::generate()).value();
    }
    void TearDown() override {
        ledger_.reset();
        fs::remove_all(directory_);
    }
    void add(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            Draft draft;
            draft.receipt.operation = "DetectFaces";
            ASSERT_TRUE(ledger_->add(std::move(draft)));
        }
        ASSERT_TRUE(ledger_->log().publish());
    }
    LogVerdict verify(const VerifyLogOptions& options) const {
        const DirectoryReader reader(directory_ / "ledger");
        return verify_log(reader, options);
    }

    fs::path directory_;
    std::unique_ptr<Ledger> ledger_;
};

TEST_F(VerifyLogTest, AReceiptThatStandsTwiceIsInvalidThoughSigned) {
    const auto prepared = ledger_->prepare({}).value();
    ASSERT_TRUE(ledger_->append({prepared}));
    ASSERT_TRUE(ledger_->log().publish());
    EXPECT_EQ(verify({}).verdict, Verdict::kValid);
    ASSERT_TRUE(ledger_->append({prepared}));
    ASSERT_TRUE(ledger_->log().publish());
    const auto verdict = verify({});
    EXPECT_EQ(verdict.verdict, Verdict::kInvalid);
    EXPECT_NE(verdict.reason.find("repeats"), std::string::npos) << verdict.reason;
}

TEST_F(VerifyLogTest, AnEntryThatIsNoReceiptIsInvalidThoughSigned) {
    ASSERT_TRUE(ledger_->log().append({{.entry = Bytes{'x'}, .openings = {}}}));
    ASSERT_TRUE(ledger_->log().publish());
    EXPECT_EQ(verify({}).verdict, Verdict::kInvalid);
}

TEST_F(VerifyLogTest, TheOldKeyLeadsToTheNewOnlyThroughItsSignature) {
    add(3);
    VerifyLogOptions options;
    options.key = ledger_->log().verifier();
    const std::string earlier = to_text(ledger_->log().checkpoint().note);
    ASSERT_TRUE(ledger_->rotate_key(TimePoint{}));
    add(2);
    options.since = earlier;
    auto verdict = verify(options);
    EXPECT_EQ(verdict.verdict, Verdict::kValid) << verdict.reason;
    EXPECT_EQ(verdict.rotations, 1U);
    EXPECT_EQ(verdict.key, to_text(ledger_->log().verifier()));
    options.key = SigningKey::generate("example.com/log").value().verifier();
    EXPECT_EQ(verify(options).verdict, Verdict::kInvalid);
}

TEST_F(VerifyLogTest, AWitnessThatHasNotCosignedIsMissed) {
    add(1);
    VerifyLogOptions options;
    options.witnesses.push_back(make_verifier_key("witness", KeyType::kCosignature, {}));
    EXPECT_EQ(verify(options).verdict, Verdict::kInvalid);
}

}  // namespace
}  // namespace visavis::ledger
