#include "ledger/verify_log.h"

#include <filesystem>
#include <fstream>
#include <functional>

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
    /// What a crash right now would leave, verified with its journal.
    LogVerdict verify_crashed(const std::function<void(const fs::path& crashed)>& change) const {
        const fs::path crashed = directory_ / "crashed";
        fs::remove_all(crashed);
        fs::copy(directory_ / "ledger", crashed, fs::copy_options::recursive);
        change(crashed);
        VerifyLogOptions options;
        options.journal = crashed / "journal";
        const DirectoryReader reader(crashed);
        return verify_log(reader, options);
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

/// Signs nothing and says so at length.
class Forger final : public Cosigner {
  public:
    Result<std::vector<NoteSignature>> cosign(const SignedCheckpoint&, const NodeReader&) override {
        return std::vector{NoteSignature{.name = "witness", .id = 1, .signature = Bytes(72, 1)}};
    }
    bool wants(const SignedCheckpoint&) const override { return false; }
};

TEST_F(VerifyLogTest, ACosignatureThatNobodyCheckedIsAClaim) {
    LedgerOptions options;
    options.directory = directory_ / "ledger";
    options.openings = directory_ / "openings.db";
    options.publish_interval = std::chrono::hours(1);
    options.cosigner = std::make_shared<Forger>();
    ledger_.reset();
    ledger_ = Ledger::open(std::move(options), keys::SealKey::generate()).value();
    add(1);
    const auto verdict = verify({});
    EXPECT_EQ(verdict.verdict, Verdict::kValid) << verdict.reason;
    EXPECT_TRUE(verdict.cosigned_by.empty());
    EXPECT_EQ(verdict.unchecked_cosignatures, std::vector<std::string>{"witness"});
}

TEST_F(VerifyLogTest, AReceiptOfANewerVersionCannotBeJudged) {
    add(1);
    const std::string newer = R"({"v":3})";
    ASSERT_TRUE(ledger_->log().append({{.entry = Bytes(newer.begin(), newer.end()), .openings = {}}}));
    add(1);
    const auto verdict = verify({});
    EXPECT_EQ(verdict.verdict, Verdict::kCannotTell) << verdict.reason;
    EXPECT_NE(verdict.reason.find("entry 1 "), std::string::npos) << verdict.reason;
    VerifyLogOptions options;
    options.key = SigningKey::generate("example.com/log").value().verifier();
    EXPECT_EQ(verify(options).verdict, Verdict::kCannotTell) << "it may hand over to the key that signed";
}

TEST_F(VerifyLogTest, AStrayFileIsNotedAndProvesNothing) {
    add(1);
    VerifyLogOptions options;
    options.files = {"tile/.DS_Store"};
    const auto verdict = verify(options);
    EXPECT_EQ(verdict.verdict, Verdict::kValid) << verdict.reason;
    EXPECT_EQ(verdict.notes.size(), 1U);
}

TEST_F(VerifyLogTest, WhatTheJournalHoldsBeyondTheCheckpointIsCheckedAndCounted) {
    add(3);
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(ledger_->append({ledger_->prepare({}).value()}));
    fs::path segment;
    const auto whole = verify_crashed([&](const fs::path& crashed) {
        for (const auto& file : fs::directory_iterator(crashed / "journal"))
            if (file.path().extension() == ".journal") segment = std::max(segment, file.path());
    });
    EXPECT_EQ(whole.verdict, Verdict::kValid) << whole.reason;
    EXPECT_EQ(whole.beyond_checkpoint, 4U);
    const auto flip = [&](std::streamoff at) {
        return verify_crashed([&](const fs::path&) {
            std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
            file.seekg(at);
            const char byte = static_cast<char>(file.get() ^ 0x20);
            file.seekp(at);
            file.put(byte);
        });
    };
    for (const std::streamoff at : {3, 30, 200}) EXPECT_EQ(flip(at).verdict, Verdict::kInvalid) << at;
    const auto without = verify_crashed([&](const fs::path&) { fs::remove(segment); });
    EXPECT_EQ(without.verdict, Verdict::kInvalid);
    const auto cut = verify_crashed([&](const fs::path&) { fs::resize_file(segment, 24); });
    EXPECT_EQ(cut.verdict, Verdict::kInvalid);
    EXPECT_NE(cut.reason.find("acknowledged"), std::string::npos) << cut.reason;
}

}  // namespace
}  // namespace visavis::ledger
