#include "policy/cases.h"

#include <atomic>
#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/test_locks.h"
#include "policy/case_database.h"

namespace visavis::policy {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class MovedClock final : public Clock {
  public:
    [[nodiscard]] TimePoint now() const override { return now_; }
    void move(std::chrono::milliseconds by) { now_ += by; }

  private:
    TimePoint now_{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};
};

class CasesTest : public testing::Test {
  protected:
    CasesTest() { reopen(); }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    void reopen() {
        cases_.reset();
        std::filesystem::create_directories(folder_);
        auto repository = open_case_database(folder_ + "/policy.db");
        EXPECT_TRUE(repository) << repository.error().message;
        cases_ = std::make_unique<Cases>(std::move(*repository), clock_);
    }

    NewCase wanted(std::string id, std::optional<std::chrono::hours> urgent = {}) {
        return {.id = std::move(id),
                .purpose = "missing-child",
                .reason = "last seen at the station",
                .expires = clock_->now() + 72h,
                .urgent = urgent};
    }

    std::string folder_ =
        testing::TempDir() + "visavis-cases-" + testing::UnitTest::GetInstance()->current_test_info()->name();
    std::shared_ptr<MovedClock> clock_ = std::make_shared<MovedClock>();
    std::unique_ptr<Cases> cases_;
};

TEST_F(CasesTest, KeepTheLockThatKeepsOthersFromRemovingTheirLog) {
    ASSERT_TRUE(cases_->open(wanted("one"), "alice"));
    EXPECT_TRUE(testing_support::shared_lock_is_held(folder_ + "/policy.db"));
}

TEST_F(CasesTest, WhatWasUrgentAndNeverApprovedIsToBeErased) {
    const auto ids = [&] {
        std::vector<std::string> found;
        const auto lapsed = cases_->to_erase();
        for (const Case& one : *lapsed) found.push_back(one.id);
        return found;
    };
    for (const char* id : {"lapses", "refused", "closed", "approved"})
        ASSERT_TRUE(cases_->open(wanted(id, 24h), "alice"));
    ASSERT_TRUE(cases_->open(wanted("never-began"), "alice"));
    EXPECT_THAT(ids(), testing::IsEmpty());
    clock_->move(1h);
    const TimePoint decided = clock_->now();
    ASSERT_TRUE(cases_->refuse("refused", "bob"));
    ASSERT_TRUE(cases_->close("closed", "alice")) << "closing by oneself keeps nothing either";
    ASSERT_TRUE(cases_->approve("approved", "bob", "court-77"));
    ASSERT_TRUE(cases_->refuse("never-began", "bob"));
    EXPECT_THAT(ids(), testing::UnorderedElementsAre("refused", "closed"));
    EXPECT_EQ(cases_->find("refused")->lapsed_at(clock_->now()), decided);
    clock_->move(23h - 1ms);
    EXPECT_THAT(ids(), testing::UnorderedElementsAre("refused", "closed"));
    clock_->move(1ms);
    EXPECT_THAT(ids(), testing::UnorderedElementsAre("lapses", "refused", "closed")) << "to the millisecond";
    clock_->move(400h);
    EXPECT_THAT(ids(), testing::UnorderedElementsAre("lapses", "refused", "closed"))
        << "an approved one that ends keeps what it produced";

    ASSERT_TRUE(
        cases_->note_erasure("lapses", {.finished = {}, .faces = 3, .users = 1, .receipts = 2}, false));
    ASSERT_TRUE(
        cases_->note_erasure("lapses", {.finished = {}, .faces = 1, .users = 0, .receipts = 1}, true));
    reopen();
    EXPECT_THAT(ids(), testing::UnorderedElementsAre("refused", "closed"));
    EXPECT_EQ(cases_->find("lapses")->erasure,
              (CaseErasure{.finished = clock_->now(), .faces = 4, .users = 1, .receipts = 3}));
    clock_->move(-400h);
    EXPECT_THAT(ids(), testing::IsEmpty()) << "a clock set back decides nothing";
}

TEST_F(CasesTest, ApprovedByAnotherItIsInForceUntilItsEnd) {
    ASSERT_TRUE(cases_->open(wanted("2026-118"), "alice"));
    EXPECT_FALSE(cases_->in_force("2026-118").value());
    ASSERT_TRUE(cases_->approve("2026-118", "bob", "court-77"));
    const auto open = cases_->in_force("2026-118").value();
    ASSERT_TRUE(open);
    EXPECT_EQ(open->approver, "bob");
    EXPECT_EQ(open->authorisation, "court-77");
    EXPECT_FALSE(open->urgent);
    clock_->move(72h - 1ms);
    EXPECT_TRUE(cases_->in_force("2026-118").value());
    clock_->move(1ms);
    EXPECT_FALSE(cases_->in_force("2026-118").value());
    EXPECT_EQ(cases_->find("2026-118")->state_at(clock_->now()), CaseState::kExpired);
    EXPECT_EQ(cases_->close("2026-118", "bob").error().code, ErrorCode::kConflict);
}

TEST_F(CasesTest, NobodyDecidesAboutHisOwn) {
    ASSERT_TRUE(cases_->open(wanted("1"), "alice"));
    EXPECT_EQ(cases_->approve("1", "alice", "court-77").error().code, ErrorCode::kAccessDenied);
    EXPECT_EQ(cases_->refuse("1", "alice").error().code, ErrorCode::kAccessDenied);
    ASSERT_TRUE(cases_->approve("1", "bob", "court-77"));
    EXPECT_EQ(cases_->confirm("1", "alice").error().code, ErrorCode::kAccessDenied);
}

TEST_F(CasesTest, UrgentUseStopsAfterItsWindowUnlessApproved) {
    ASSERT_TRUE(cases_->open(wanted("late", kUrgentWindow), "alice"));
    ASSERT_TRUE(cases_->open(wanted("in-time", kUrgentWindow), "alice"));
    ASSERT_TRUE(cases_->in_force("late").value());
    EXPECT_TRUE(cases_->in_force("late").value()->urgent);
    clock_->move(24h - 1s);
    ASSERT_TRUE(cases_->approve("in-time", "bob", "court-78"));
    EXPECT_TRUE(cases_->in_force("late").value());
    clock_->move(1s);
    EXPECT_FALSE(cases_->in_force("late").value());
    EXPECT_EQ(cases_->find("late")->state_at(clock_->now()), CaseState::kExpired);
    EXPECT_EQ(cases_->approve("late", "bob", "court-79").error().code, ErrorCode::kConflict)
        << "what ran out cannot be approved afterwards";
    const auto kept = cases_->in_force("in-time").value();
    ASSERT_TRUE(kept);
    EXPECT_FALSE(kept->urgent);
}

TEST_F(CasesTest, RefusedAndClosedAreFinal) {
    ASSERT_TRUE(cases_->open(wanted("no", 48h), "alice"));
    ASSERT_TRUE(cases_->refuse("no", "bob"));
    EXPECT_FALSE(cases_->in_force("no").value());
    EXPECT_EQ(cases_->approve("no", "carol", "court-1").error().code, ErrorCode::kConflict);
    ASSERT_TRUE(cases_->open(wanted("done"), "alice"));
    ASSERT_TRUE(cases_->approve("done", "bob", "court-1"));
    ASSERT_TRUE(cases_->close("done", "alice"));
    EXPECT_FALSE(cases_->in_force("done").value());
    EXPECT_EQ(cases_->confirm("done", "carol").error().code, ErrorCode::kConflict);
}

TEST_F(CasesTest, CountsDifferentPeopleWhoConfirm) {
    ASSERT_TRUE(cases_->open(wanted("1"), "alice"));
    EXPECT_EQ(cases_->confirm("1", "carol").error().code, ErrorCode::kConflict) << "not in force yet";
    ASSERT_TRUE(cases_->approve("1", "bob", "court-77"));
    ASSERT_TRUE(cases_->confirm("1", "carol"));
    ASSERT_TRUE(cases_->confirm("1", "carol"));
    EXPECT_EQ(cases_->in_force("1").value()->confirmations, 1);
    ASSERT_TRUE(cases_->confirm("1", "dave"));
    EXPECT_EQ(cases_->in_force("1").value()->confirmations, 2);
}

TEST_F(CasesTest, RefusesWhatIsNoCase) {
    NewCase bad = wanted("1");
    bad.purpose = "curiosity";
    EXPECT_THAT(cases_->open(bad, "alice").error().message, HasSubstr("`curiosity` is no purpose"));
    bad = wanted("\u0430-1");
    EXPECT_EQ(cases_->open(bad, "alice").error().code, ErrorCode::kInvalidParameter);
    bad = wanted("1");
    bad.expires = clock_->now();
    EXPECT_EQ(cases_->open(bad, "alice").error().code, ErrorCode::kInvalidParameter);
    bad.expires = clock_->now() + std::chrono::days(367);
    EXPECT_EQ(cases_->open(bad, "alice").error().code, ErrorCode::kInvalidParameter);
    EXPECT_EQ(cases_->open(wanted("1", 49h), "alice").error().code, ErrorCode::kInvalidParameter);
    ASSERT_TRUE(cases_->open(wanted("1"), "alice"));
    EXPECT_EQ(cases_->open(wanted("1"), "bob").error().code, ErrorCode::kAlreadyExists);
    EXPECT_EQ(cases_->approve("1", "bob", "").error().code, ErrorCode::kInvalidParameter);
    EXPECT_EQ(cases_->approve("2", "bob", "x").error().code, ErrorCode::kNotFound);
    EXPECT_FALSE(cases_->in_force("2").value());
}

TEST_F(CasesTest, AClockSetBackStopsCasesAlsoAfterARestart) {
    ASSERT_TRUE(cases_->open(wanted("1"), "alice"));
    ASSERT_TRUE(cases_->approve("1", "bob", "court-77"));
    clock_->move(1h);
    ASSERT_TRUE(cases_->in_force("1").value());
    clock_->move(-4min);
    EXPECT_FALSE(cases_->clock_set_back().value()) << "within the skew";
    EXPECT_TRUE(cases_->in_force("1").value());
    clock_->move(-2min);
    EXPECT_TRUE(cases_->clock_set_back().value());
    EXPECT_FALSE(cases_->in_force("1").value());
    EXPECT_THAT(cases_->open(wanted("2"), "alice").error().message, HasSubstr("clock was set back"));
    reopen();
    EXPECT_TRUE(cases_->clock_set_back().value());
    clock_->move(6min);
    EXPECT_FALSE(cases_->clock_set_back().value());
    EXPECT_TRUE(cases_->in_force("1").value());
}

TEST_F(CasesTest, AreKeptInAPrivateFile) {
    ASSERT_TRUE(cases_->open(wanted("1", 24h), "alice"));
    ASSERT_TRUE(cases_->approve("1", "bob", "court-77"));
    ASSERT_TRUE(cases_->confirm("1", "carol"));
    reopen();
    const auto kept = cases_->find("1");
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->reason, "last seen at the station");
    EXPECT_EQ(kept->confirmed_by, std::vector<std::string>{"carol"});
    EXPECT_EQ(cases_->list()->size(), 1U);
    struct stat status{};
    ASSERT_EQ(stat((folder_ + "/policy.db").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(CasesTest, AMessageIsKeptWithItsChangeUntilItIsSettled) {
    const auto message = [](const std::string& id) {
        return [id]() -> Result<std::optional<PendingMessage>> {
            return PendingMessage{.id = id, .payload = {0, 255, 7}};
        };
    };
    const auto no_room = []() -> Result<std::optional<PendingMessage>> {
        return fail(ErrorCode::kUnavailable, "no room");
    };
    ASSERT_TRUE(cases_->open(wanted("one"), "alice", message("opened")));
    EXPECT_EQ(cases_->open(wanted("one"), "alice", message("there already")).error().code,
              ErrorCode::kAlreadyExists);
    EXPECT_EQ(cases_->open(wanted("two"), "alice", no_room).error().message, "no room");
    EXPECT_EQ(cases_->find("two").error().code, ErrorCode::kNotFound);
    EXPECT_EQ(cases_->approve("one", "bob", "order-9", no_room).error().message, "no room");
    EXPECT_EQ(cases_->find("one")->decided, CaseState::kOpen);
    ASSERT_TRUE(cases_->approve("one", "bob", "order-9", message("approved")));
    reopen();
    const std::vector<PendingMessage> both{{.id = "opened", .payload = {0, 255, 7}},
                                           {.id = "approved", .payload = {0, 255, 7}}};
    EXPECT_EQ(cases_->messages().pending(), both);
    ASSERT_TRUE(cases_->messages().settle("opened"));
    ASSERT_TRUE(cases_->messages().settle("opened")) << "twice is no error";
    reopen();
    EXPECT_EQ(cases_->messages().pending(), std::vector{both[1]});
}

TEST_F(CasesTest, OneOfManyWhoDecideAtOnceWins) {
    ASSERT_TRUE(cases_->open(wanted("1"), "alice"));
    std::atomic<int> approved = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, i] {
            if (cases_->approve("1", fmt::format("judge-{}", i), "court-77")) ++approved;
        });
    threads.clear();
    EXPECT_EQ(approved, 1);
}

}  // namespace
}  // namespace visavis::policy
