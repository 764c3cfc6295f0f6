#include "ledger/ledger.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/random.h"
#include "base/test_locks.h"

namespace visavis::ledger {
namespace {

namespace fs = std::filesystem;

class LedgerTest : public testing::Test {
  protected:
    void SetUp() override {
        directory_ = fs::temp_directory_path() / ("visavis-ledger-" + random_uuid());
        fs::create_directory(directory_);
        open();
    }
    void TearDown() override {
        ledger_.reset();
        fs::remove_all(directory_);
    }
    void open(std::size_t replay_bytes = LedgerOptions{}.replay_bytes) {
        ledger_.reset();
        LedgerOptions options;
        options.replay_bytes = replay_bytes;
        options.directory = directory_ / "ledger";
        options.openings = directory_ / "openings.db";
        options.origin = "example.com/log";
        options.publish_interval = std::chrono::hours(1);
        auto opened = Ledger::open(std::move(options), key_);
        ASSERT_TRUE(opened) << opened.error().message;
        ledger_ = std::move(*opened);
    }
    /// The process "dies" now, and what it leaves is all there is.
    void crash() {
        const fs::path crashed = directory_.string() + ".crashed";
        fs::copy(directory_, crashed, fs::copy_options::recursive);
        ledger_.reset();
        fs::remove_all(directory_);
        fs::rename(crashed, directory_);
    }
    static Result<ErasureReceipt> no_receipt(const Erasure& /*erasure*/) {
        return ErasureReceipt{.id = random_uuid(), .prepared = {}};
    }
    static Draft search(const std::string& principal, const std::vector<std::string>& found) {
        Draft draft;
        draft.receipt.operation = "SearchFacesByImage";
        draft.receipt.software = "test";
        draft.secrets = {{.field = "principal", .value = principal},
                         {.field = "purpose", .value = "missing-child"},
                         {.field = "probe-0", .value = "0123456789abcdef-probe"},
                         {.field = "case", .value = ""}};
        draft.lists_candidates = true;
        for (const auto& id : found)
            draft.candidates.push_back({.id = id, .similarity = "99.0000", .subject = "staff/" + id});
        return draft;
    }
    /// Whether any file below the directory holds this text.
    [[nodiscard]] bool on_disk(const std::string& text) const {
        for (const auto& file : fs::recursive_directory_iterator(directory_)) {
            if (!file.is_regular_file()) continue;
            std::ifstream stream(file.path(), std::ios::binary);
            const std::string content{std::istreambuf_iterator<char>(stream), {}};
            if (content.contains(text)) return true;
        }
        return false;
    }
    [[nodiscard]] Receipt receipt(std::uint64_t index) const {
        return parse_receipt(ledger_->log().entry(index).value()).value();
    }

    fs::path directory_;
    keys::SealKey key_ = keys::SealKey::generate();
    std::unique_ptr<Ledger> ledger_;
};

TEST_F(LedgerTest, OpeningsOpenWhatTheReceiptCommitsTo) {
    const auto index = ledger_->add(search("anna", {"face-1", "face-2"}));
    ASSERT_TRUE(index) << index.error().message;
    const auto openings = ledger_->openings(*index);
    ASSERT_TRUE(openings) << openings.error().message;
    const Receipt written = receipt(*index);
    ASSERT_EQ(openings->fields.size(), 3U);
    for (const auto& opening : openings->fields) {
        EXPECT_TRUE(holds(opening)) << opening.field;
        EXPECT_EQ(written.commitments.at(opening.field), opening.commitment);
    }
    EXPECT_FALSE(written.commitments.contains("case"));
    std::vector<Hash> commitments;
    for (const auto& opening : openings->candidates) commitments.push_back(opening.commitment);
    EXPECT_EQ(written.candidates, commit_list(commitments));
    EXPECT_EQ(openings->candidates[0].value, R"({"id":"face-1","similarity":"99.0000"})");
}

TEST_F(LedgerTest, KeepsTheLockThatKeepsOthersFromRemovingTheLogOfItsOpenings) {
    EXPECT_TRUE(testing_support::shared_lock_is_held(directory_ / "openings.db"));
}

TEST_F(LedgerTest, SaltsAreFreshForEveryFieldAndReceipt) {
    const auto first = ledger_->add(search("anna", {"face-1"}));
    const auto second = ledger_->add(search("anna", {"face-1"}));
    const auto a = ledger_->openings(*first).value();
    const auto b = ledger_->openings(*second).value();
    EXPECT_NE(a.fields[0].salt, a.fields[1].salt);
    EXPECT_NE(a.fields[0].salt, b.fields[0].salt);
    EXPECT_NE(a.candidates[0].commitment, b.candidates[0].commitment);
    EXPECT_EQ(a.fields[0].salt.size(), 32U);
}

TEST_F(LedgerTest, NoNameIsOnDiskInClear) {
    ASSERT_TRUE(ledger_->add(search("anna-the-operator", {"face-secret-id"})));
    EXPECT_FALSE(on_disk("anna-the-operator"));
    EXPECT_FALSE(on_disk("face-secret-id"));
    ASSERT_TRUE(ledger_->log().publish());
    EXPECT_FALSE(on_disk("anna-the-operator"));
    EXPECT_FALSE(on_disk("face-secret-id"));
    EXPECT_TRUE(on_disk("SearchFacesByImage"));  // the search itself works
    struct stat status{};
    ASSERT_EQ(::stat((directory_ / "openings.db").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(LedgerTest, ErasingAPersonLeavesTheOthersAndALogThatVerifies) {
    const auto first = ledger_->add(search("anna", {"face-1", "face-2"})).value();
    const auto second = ledger_->add(search("anna", {"face-2"})).value();
    ASSERT_TRUE(ledger_->log().publish());
    const auto before = ledger_->log().checkpoint();
    EXPECT_EQ(ledger_->receipts_of("staff/face-1").value(), std::vector<std::uint64_t>{first});
    EXPECT_EQ(ledger_->receipts_of("staff/face-2").value(), (std::vector<std::uint64_t>{first, second}));

    const std::vector<std::string> subjects{"staff/face-1"};
    const auto erased = ledger_->erase(subjects, no_receipt);
    ASSERT_TRUE(erased) << erased.error().message;
    EXPECT_EQ(*erased,
              (Erasure{.receipts = 1, .openings = 2}));  // the candidate and the probe it came first of

    const auto openings = ledger_->openings(first).value();
    EXPECT_TRUE(openings.candidates[0].erased());
    EXPECT_TRUE(holds(openings.candidates[1]));
    EXPECT_TRUE(holds(openings.fields[0]));
    EXPECT_EQ(openings.fields[2].field, "probe-0");
    EXPECT_TRUE(openings.fields[2].erased());
    EXPECT_TRUE(ledger_->receipts_of("staff/face-1").value().empty());
    EXPECT_TRUE(holds(ledger_->openings(second).value().candidates[0]));

    // Commitments outlive what they committed to, and nothing of the log has changed.
    std::vector<Hash> commitments;
    for (const auto& opening : openings.candidates) commitments.push_back(opening.commitment);
    EXPECT_EQ(receipt(first).candidates, commit_list(commitments));
    ASSERT_TRUE(ledger_->log().publish());
    const auto proof = ledger_->log().proof(first).value();
    EXPECT_TRUE(verify_proof(proof, ledger_->log().entry(first).value(), ledger_->log().verifier()));
    EXPECT_EQ(before.checkpoint.origin, ledger_->log().checkpoint().checkpoint.origin);

    // Also across a restart: what the journal held cannot bring it back.
    open();
    EXPECT_TRUE(ledger_->openings(first).value().candidates[0].erased());
}

// What a reader in another process sees must stay until it has gone; then it goes without another erasure.
TEST_F(LedgerTest, RemainsThatAReaderHeldAreOverwrittenOnceItHasGone) {
    const auto found = ledger_->add(search("anna", {"face-1"})).value();
    ASSERT_TRUE(ledger_->openings(found));
    const fs::path left = directory_ / "openings.db-wal";
    {
        SQLite::Database reader(directory_ / "openings.db", SQLite::OPEN_READONLY);
        SQLite::Transaction snapshot(reader);
        EXPECT_EQ(reader.execAndGet("SELECT count(*) FROM opening").getInt(), 1);
        const std::vector<std::string> subjects{"staff/face-1"};
        ASSERT_TRUE(ledger_->erase(subjects, no_receipt));
        ASSERT_TRUE(ledger_->log().publish());
        EXPECT_GT(fs::file_size(left), 0U);
    }
    ASSERT_TRUE(ledger_->log().publish());
    EXPECT_EQ(fs::file_size(left), 0U);
}

TEST_F(LedgerTest, AnErasureAndItsReceiptHappenTogetherOrNotAtAll) {
    const auto found = ledger_->add(search("anna", {"face-1"})).value();
    const std::vector<std::string> subjects{"staff/face-1"};
    const auto refused = ledger_->erase(subjects, [](const Erasure&) -> Result<ErasureReceipt> {
        return fail(ErrorCode::kUnavailable, "the disk is full");
    });
    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
    EXPECT_TRUE(holds(ledger_->openings(found).value().candidates[0]));
    EXPECT_TRUE(ledger_->erased_since(0).value().empty());

    // The process "dies" after the transaction: the next start finds the receipt.
    const auto made = ledger_->erase(subjects, [&](const Erasure& erasure) -> Result<ErasureReceipt> {
        Draft draft;
        draft.receipt.operation = "EraseSubject";
        draft.receipt.erasure = erasure;
        draft.secrets = {{.field = "principal", .value = "root"}};
        auto prepared = ledger_->prepare(std::move(draft));
        if (!prepared) return std::unexpected(prepared.error());
        return ErasureReceipt{.id = prepared->id, .prepared = std::move(*prepared)};
    });
    EXPECT_EQ(made, (Erasure{.receipts = 1, .openings = 2}));
    for (int start = 0; start < 2; ++start) {
        open();
        const auto unsettled = ledger_->unsettled().value();
        EXPECT_EQ(unsettled.size(), start == 0 ? 1U : 0U);
        for (const auto& left : unsettled) {
            EXPECT_EQ(ledger_->erased_by(left.id).value(),
                      std::vector<Hash>{ledger_->tag_of("staff/face-1")});
            ASSERT_TRUE(ledger_->add_once(left));
            ASSERT_TRUE(ledger_->settle(left.id, TimePoint{}));
        }
        ASSERT_EQ(ledger_->log().size(), 2U);
        EXPECT_EQ(receipt(1).erasure, (Erasure{.receipts = 1, .openings = 2}));
        EXPECT_TRUE(ledger_->openings(found).value().candidates[0].erased());
    }
    EXPECT_EQ(ledger_->erased_since(1).value(), std::vector<Hash>{ledger_->tag_of("staff/face-1")});
    EXPECT_TRUE(ledger_->erased_since(2).value().empty());
}

// A search that found the person before they were out of the collection, and whose receipt comes after the
// erasure.
TEST_F(LedgerTest, WhatArrivesAboutAnErasedPersonIsErasedIfTheUseBeganBefore) {
    const TimePoint start{std::chrono::days(20'000)};
    const auto at = [&](int minute, const std::vector<std::string>& found) {
        Draft draft = search("anna", found);
        draft.receipt.start = start + std::chrono::minutes(minute);
        return ledger_->add(std::move(draft)).value();
    };
    const std::vector<std::string> subjects{"staff/anton"};
    std::string id;
    ASSERT_TRUE(ledger_->erase(subjects, [&](const Erasure& erasure) {
        auto receipt = no_receipt(erasure);
        id = receipt->id;
        return receipt;
    }));
    const auto meanwhile = at(1, {"anton", "berta"});
    const auto second = at(2, {"berta", "anton"});
    ASSERT_TRUE(ledger_->settle(id, start + std::chrono::minutes(3)));
    const auto late = at(3, {"anton"});
    crash();  // all of these are in the journal alone
    open();
    const auto other = at(4, {"anton"});  // a user who got the same name afterwards
    const auto first_opened = ledger_->openings(meanwhile).value();
    EXPECT_TRUE(first_opened.candidates[0].erased());
    EXPECT_TRUE(holds(first_opened.candidates[1]));
    EXPECT_TRUE(first_opened.fields[2].erased()) << "the image that showed the person";
    const auto second_opened = ledger_->openings(second).value();
    EXPECT_TRUE(holds(second_opened.candidates[0]));
    EXPECT_TRUE(second_opened.candidates[1].erased());
    EXPECT_TRUE(holds(second_opened.fields[2]));
    EXPECT_TRUE(ledger_->openings(late).value().candidates[0].erased());
    EXPECT_TRUE(holds(ledger_->openings(other).value().candidates[0]));
    EXPECT_EQ(ledger_->receipts_of("staff/anton").value(), std::vector<std::uint64_t>{other});
    EXPECT_EQ(ledger_->receipts_of("staff/berta").value(), (std::vector<std::uint64_t>{meanwhile, second}));
    std::vector<Hash> commitments;
    for (const auto& opening : first_opened.candidates) commitments.push_back(opening.commitment);
    EXPECT_EQ(receipt(meanwhile).candidates, commit_list(commitments)) << "the receipt stays provable";
}

TEST_F(LedgerTest, RefusesALogThatIsOlderThanItsOpenings) {
    ASSERT_TRUE(ledger_->add(search("anna", {})));
    ledger_.reset();
    const fs::path older = directory_ / "older";
    fs::copy(directory_ / "ledger", older, fs::copy_options::recursive);
    open();
    ASSERT_TRUE(ledger_->add(search("anna", {})));
    ledger_.reset();
    fs::remove_all(directory_ / "ledger");
    fs::rename(older, directory_ / "ledger");
    LedgerOptions options;
    options.directory = directory_ / "ledger";
    options.openings = directory_ / "openings.db";
    const auto opened = Ledger::open(std::move(options), key_);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find("older copy"), std::string::npos) << opened.error().message;
}

TEST_F(LedgerTest, AnOutboxReceiptIsWrittenOnce) {
    const auto prepared = ledger_->prepare(search("anna", {}));
    ASSERT_TRUE(prepared);
    EXPECT_EQ(ledger_->add_once(*prepared).value(), 0U);
    EXPECT_EQ(ledger_->add_once(*prepared).value(), 0U);
    open();
    EXPECT_EQ(ledger_->add_once(*prepared).value(), 0U);
    EXPECT_EQ(ledger_->log().size(), 1U);
}

/// Keeps everybody else from writing the openings.
class LockedOpenings {
  public:
    explicit LockedOpenings(const fs::path& file) : database_(file, SQLite::OPEN_READWRITE) {
        database_.exec("BEGIN IMMEDIATE");
    }

  private:
    SQLite::Database database_;
};

TEST_F(LedgerTest, UntilTheJournalIsWorkedOffNothingIsAnsweredFromHalfOfTheOpenings) {
    const auto outbox = ledger_->prepare(search("anna", {"face-1"})).value();
    ASSERT_TRUE(ledger_->add(search("anna", {"face-1", "face-2"})));
    ASSERT_EQ(ledger_->append({outbox}).value(), 1U);
    crash();
    const std::vector<std::string> subjects{"staff/face-1"};
    {
        const LockedOpenings locked(directory_ / "openings.db");
        open(1);
        EXPECT_EQ(ledger_->log().size(), 2U);
        EXPECT_EQ(ledger_->add(search("bert", {"face-1"})).value(), 2U);
        EXPECT_EQ(ledger_->add_once(outbox).value(), 1U) << "it is in the journal";
        const auto no_erasure = ledger_->erase(subjects, [](const Erasure& erasure) {
            ADD_FAILURE() << "an erasure that misses what is only in the journal";
            return no_receipt(erasure);
        });
        EXPECT_EQ(no_erasure.error().code, ErrorCode::kUnavailable);
        EXPECT_EQ(ledger_->erase_case("2026-118", no_receipt).error().code, ErrorCode::kUnavailable);
        EXPECT_EQ(ledger_->openings(0).error().code, ErrorCode::kUnavailable);
        EXPECT_EQ(ledger_->receipts_of("staff/face-1").error().code, ErrorCode::kUnavailable);
        EXPECT_EQ(ledger_->verifications_of(0).error().code, ErrorCode::kUnavailable);
        EXPECT_EQ(ledger_->erased_since(0).error().code, ErrorCode::kUnavailable);
    }
    ASSERT_TRUE(ledger_->log().catch_up());
    EXPECT_EQ(ledger_->receipts_of("staff/face-1").value(), (std::vector<std::uint64_t>{0, 1, 2}));
    EXPECT_EQ(ledger_->add_once(outbox).value(), 1U);
    EXPECT_EQ(ledger_->erase(subjects, no_receipt).value(), (Erasure{.receipts = 3, .openings = 6}));
    for (std::uint64_t i = 0; i < 3; ++i)
        EXPECT_TRUE(ledger_->openings(i).value().candidates.front().erased()) << i;
}

TEST_F(LedgerTest, VerificationsCountDifferentPersons) {
    const auto index = ledger_->add(search("anna", {"face-1"})).value();
    for (const std::string person : {"bert", "carla", "bert"}) {
        Draft draft = search(person, {});
        draft.receipt.operation = "VerifyCandidate";
        draft.receipt.verification = {.receipt = index, .candidate = 0, .confirmed = person != "carla"};
        ASSERT_TRUE(ledger_->add(std::move(draft)));
    }
    const auto verifications = ledger_->verifications_of(index).value();
    ASSERT_EQ(verifications.size(), 3U);
    EXPECT_EQ(verifications[0].person, verifications[2].person);
    EXPECT_NE(verifications[0].person, verifications[1].person);
    EXPECT_TRUE(verifications[0].confirmed);
    EXPECT_FALSE(verifications[1].confirmed);
}

TEST_F(LedgerTest, WhatACaseFoundGoesAndWhoAskedStays) {
    Draft under_case = search("anna", {"face-1", "face-2"});
    under_case.secrets.back().value = "2026-118";
    const auto first = ledger_->add(under_case).value();
    const auto other = ledger_->add(search("anna", {"face-1"})).value();
    ASSERT_TRUE(ledger_->log().publish());
    const auto size = ledger_->log().checkpoint().checkpoint.size;

    EXPECT_EQ(ledger_->erase_case("2026-11", no_receipt).value(), (Erasure{}));
    EXPECT_EQ(ledger_->erase_case("2026-118", no_receipt).value(), (Erasure{.receipts = 1, .openings = 3}));
    const auto openings = ledger_->openings(first).value();
    for (const auto& candidate : openings.candidates) EXPECT_TRUE(candidate.erased());
    for (const auto& field : openings.fields)
        EXPECT_EQ(field.erased(), field.field == "probe-0") << field.field;
    EXPECT_EQ(ledger_->receipts_of("staff/face-1").value(), std::vector<std::uint64_t>{other});
    EXPECT_FALSE(ledger_->openings(other).value().candidates[0].erased()) << "another use, another authority";
    EXPECT_EQ(ledger_->log().checkpoint().checkpoint.size, size) << "the log itself never changes";

    // A search that was still running: its receipt is found the next time.
    const auto late = ledger_->add(under_case).value();
    EXPECT_EQ(ledger_->erase_case("2026-118", no_receipt).value(), (Erasure{.receipts = 1, .openings = 3}));
    EXPECT_TRUE(ledger_->openings(late).value().candidates[0].erased());
    open();
    EXPECT_EQ(ledger_->erase_case("2026-118", no_receipt).value(), (Erasure{})) << "nothing comes back";
}

TEST_F(LedgerTest, TheHandOverIsSignedByTheOldKey) {
    const auto old_key = ledger_->log().verifier();
    const auto index = ledger_->rotate_key(TimePoint{});
    ASSERT_TRUE(index) << index.error().message;
    const auto change = receipt(*index).key.value();
    EXPECT_EQ(change.old_key, to_text(old_key));
    EXPECT_EQ(change.new_key, to_text(ledger_->log().verifier()));
    EXPECT_TRUE(verifies(old_key, hand_over_text(change.old_key, change.new_key),
                         {.name = old_key.name, .id = old_key.id, .signature = change.signature}));
}

TEST_F(LedgerTest, AnotherServersKeyOpensNothing) {
    const auto index = ledger_->add(search("anna", {})).value();
    ASSERT_TRUE(ledger_->log().publish());
    key_ = keys::SealKey::generate();
    open();
    EXPECT_EQ(ledger_->openings(index).error().code, ErrorCode::kInternal);
}

}  // namespace
}  // namespace visavis::ledger
