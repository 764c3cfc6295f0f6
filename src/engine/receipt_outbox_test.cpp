#include "engine/receipt_outbox.h"

#include "base/test_full_disk.h"
#include "engine/collection_access.h"
#include "engine/ledger_recorder.h"
#include "engine/test_engine.h"
#include "keys/access_keys.h"

namespace visavis::engine {
namespace {

using testing_support::FullDisk;

class ReceiptOutbox : public TestEngine {
  protected:
    void SetUp() override {
        TestEngine::SetUp();
        start();
    }
    void TearDown() override {
        stop();
        TestEngine::TearDown();
    }

    void start() {
        ledger::LedgerOptions options;
        options.directory = directory_ + "/ledger";
        options.openings = directory_ + "/openings.db";
        options.origin = "example.com/log";
        options.publish_interval = std::chrono::hours(1);
        auto ledger = ledger::Ledger::open(std::move(options), key_);
        ASSERT_TRUE(ledger) << ledger.error().message;
        ledger_ = std::move(*ledger);
        auto keys = keys::AccessKeys::open(directory_ + "/keys.sealed", key_);
        ASSERT_TRUE(keys) << keys.error().message;
        keys_ = std::move(*keys);
        RecorderOptions recording;
        recording.ledger = ledger_;
        open(std::make_unique<LedgerRecorder>(std::move(recording)));
    }
    void stop() {
        close();
        keys_.reset();
        ledger_.reset();
    }

    /// An operation that makes a key; with `full` the journal takes nothing any more once the key is made.
    Result<int> make_key(bool full) {
        std::optional<FullDisk> disk;
        auto made = governed<int>(*engine_, call_, {.operation = "CreateAccessKey"}, [&](Record& record) {
            return change_with_receipt<int>(
                *engine_, call_, record, *keys_, [&](const MakeMessage& message) -> Result<int> {
                    const auto key = keys_->create(
                        {.principal = "anna", .account = "111122223333", .expires = {}, .binding = {}}, {},
                        {}, message);
                    if (!key) return std::unexpected(key.error());
                    if (full) disk.emplace(1);
                    return 1;
                });
        });
        return made;
    }
    Result<int> make_collection(bool full) {
        std::optional<FullDisk> disk;
        return governed<int>(
            *engine_, call_, {.operation = "CreateCollection"}, [&](Record& record) -> Result<int> {
                const auto made = change_store(*engine_, call_, record, [&](store::Transaction& change) {
                    return change.collections().create({.account = "111122223333",
                                                        .id = random_uuid(),
                                                        .model_version = "1",
                                                        .dimension = 2,
                                                        .created = {}});
                });
                if (!made) return std::unexpected(made.error());
                if (full) disk.emplace(1);
                return 1;
            });
    }
    Result<int> look() {
        return governed<int>(*engine_, call_, {.operation = "ListAccessKeys"},
                             [](Record& /*record*/) -> Result<int> { return 1; });
    }
    /// `operation outcome` of every receipt.
    std::vector<std::string> receipts() {
        std::vector<std::string> told;
        for (std::uint64_t i = 0; i < ledger_->log().size(); ++i) {
            const auto receipt = ledger::parse_receipt(ledger_->log().entry(i).value()).value();
            told.push_back(receipt.operation +
                           (receipt.outcome == ledger::Outcome::kAnswered ? " answered" : " failed"));
        }
        return told;
    }
    std::size_t waiting_in_store() {
        return store_->read([](const store::Transaction& now) { return now.outbox().peek(9); })
            .value()
            .size();
    }

    Call call_{.caller = the_server("111122223333"), .notes = {}};
    std::shared_ptr<ledger::Ledger> ledger_;
    std::unique_ptr<keys::AccessKeys> keys_;
};

TEST_F(ReceiptOutbox, IsEmptyOnceTheReceiptIsInTheLog) {
    ASSERT_TRUE(make_key(false));
    ASSERT_TRUE(make_collection(false));
    EXPECT_EQ(receipts(),
              (std::vector<std::string>{"CreateAccessKey answered", "CreateCollection answered"}));
    EXPECT_TRUE(keys_->pending()->empty());
    EXPECT_EQ(waiting_in_store(), 0U);
}

TEST_F(ReceiptOutbox, WhatTheJournalCouldNotTakeIsWrittenBeforeTheNextOperation) {
    EXPECT_EQ(make_key(true).error().code, ErrorCode::kUnavailable) << "no answer without a durable receipt";
    EXPECT_EQ(make_collection(true).error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(receipts(), std::vector<std::string>{"CreateAccessKey answered"});
    ASSERT_TRUE(look());
    EXPECT_EQ(receipts(), (std::vector<std::string>{"CreateAccessKey answered", "CreateCollection answered",
                                                    "ListAccessKeys answered"}));
    EXPECT_TRUE(keys_->pending()->empty());
    EXPECT_EQ(waiting_in_store(), 0U);
}

TEST_F(ReceiptOutbox, WhatACrashLeftIsWrittenOnceAtTheNextStart) {
    EXPECT_FALSE(make_key(true));
    stop();
    start();
    ASSERT_EQ(keys_->pending()->size(), 1U);
    const PendingMessage left = keys_->pending()->front();
    ASSERT_TRUE(replay_receipts(*keys_, *ledger_));
    EXPECT_EQ(receipts(), std::vector<std::string>{"CreateAccessKey answered"});
    EXPECT_TRUE(keys_->pending()->empty());

    // As if the process had died between writing it and removing it.
    ASSERT_TRUE(keys_->create({.principal = "b", .account = "111122223333", .expires = {}, .binding = {}}, {},
                              {}, [&]() -> Result<std::optional<PendingMessage>> { return left; }));
    ASSERT_TRUE(replay_receipts(*keys_, *ledger_));
    EXPECT_EQ(receipts().size(), 1U);
    EXPECT_TRUE(keys_->pending()->empty());
}

TEST_F(ReceiptOutbox, AChangeThatCouldNotBeWrittenIsToldAsAFailure) {
    std::filesystem::create_directory(directory_ + "/keys.sealed");  // cannot be replaced by a file
    EXPECT_EQ(make_key(false).error().code, ErrorCode::kUnavailable);
    std::filesystem::remove(directory_ + "/keys.sealed");
    EXPECT_EQ(receipts(), std::vector<std::string>{"CreateAccessKey failed"});
    EXPECT_TRUE(keys_->pending()->empty());
    EXPECT_TRUE(keys_->list().empty());
}

}  // namespace
}  // namespace visavis::engine
