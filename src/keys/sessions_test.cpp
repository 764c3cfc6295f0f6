#include "keys/sessions.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/file.h"

namespace visavis::keys {
namespace {

using namespace std::chrono_literals;

class SessionsTest : public testing::Test {
  protected:
    SessionsTest() { std::filesystem::remove(file_); }
    void TearDown() override { std::filesystem::remove(file_); }

    std::unique_ptr<Sessions> open() {
        auto sessions = Sessions::open(file_, key_);
        EXPECT_TRUE(sessions) << sessions.error().message;
        return std::move(*sessions);
    }

    NewSession wanted() {
        NewSession made{.principal = "alice",
                        .account = "000000000001",
                        .role = "searcher",
                        .name = "shift-3",
                        .parent = "AKIAPARENT",
                        .expires = now_ + 1h,
                        .binding = {}};
        made.binding.purpose = "missing-child";
        made.binding.collections = {"a", "b"};
        return made;
    }

    std::string file_ = testing::TempDir() + "visavis-sessions-" + std::to_string(::getpid());
    SealKey key_ = SealKey::generate();
    TimePoint now_{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};
};

TEST_F(SessionsTest, AreKnownByTheirTokenAlone) {
    const Session issued = open()->issue(wanted(), now_);
    EXPECT_TRUE(issued.id.starts_with("ASIA"));
    EXPECT_EQ(issued.secret.size(), 40U);
    const auto found = open()->find(issued.id, issued.token);  // another process with the same key
    ASSERT_TRUE(found);
    EXPECT_EQ(found->secret, issued.secret);
    EXPECT_EQ(found->principal, "alice");
    EXPECT_EQ(found->expires, now_ + 1h);
    EXPECT_EQ(found->binding, wanted().binding);
    EXPECT_EQ(issued.token.find("alice"), std::string::npos);
}

TEST_F(SessionsTest, RefuseForgedTruncatedAndForeignTokens) {
    const auto sessions = open();
    const Session one = sessions->issue(wanted(), now_);
    const Session two = sessions->issue(wanted(), now_);
    EXPECT_NE(one.secret, two.secret);
    EXPECT_FALSE(sessions->find(one.id, two.token)) << "the token of another session";
    EXPECT_FALSE(sessions->find(one.id, ""));
    EXPECT_FALSE(sessions->find(one.id, "not base64!"));
    for (std::size_t length = 0; length < one.token.size(); length += 4)
        EXPECT_FALSE(sessions->find(one.id, one.token.substr(0, length))) << length;
    Bytes sealed = from_base64(one.token).value();
    for (std::size_t at = 0; at < sealed.size(); ++at) {
        sealed[at] ^= 1U;
        EXPECT_FALSE(sessions->find(one.id, to_base64(sealed))) << at;
        sealed[at] ^= 1U;
    }
    auto other = Sessions::open(file_ + "-other", SealKey::generate());
    EXPECT_FALSE((*other)->find(one.id, one.token)) << "another server's key";
}

TEST_F(SessionsTest, RevocationSurvivesARestart) {
    const auto sessions = open();
    const Session one = sessions->issue(wanted(), now_);
    const Session two = sessions->issue(wanted(), now_);
    ASSERT_TRUE(sessions->revoke(one.id, now_));
    EXPECT_FALSE(sessions->find(one.id, one.token));
    EXPECT_TRUE(sessions->find(two.id, two.token));
    EXPECT_FALSE(open()->find(one.id, one.token)) << "replayed after a restart";

    ASSERT_TRUE(sessions->revoke_role("searcher", now_ + 1min));
    EXPECT_FALSE(sessions->find(two.id, two.token));
    const Session later = sessions->issue(wanted(), now_ + 2min);
    EXPECT_TRUE(sessions->find(later.id, later.token)) << "the role itself goes on";
    EXPECT_EQ(Sessions::open(file_, SealKey::generate()).error().code, ErrorCode::kInternal);
}

TEST_F(SessionsTest, AFileOfBeforeThereWereMessagesIsRead) {
    const Session one = open()->issue(wanted(), now_);
    const std::string before = R"({"sessions":{")" + one.id + R"(":5},"roles":{}})";
    ASSERT_TRUE(
        replace_file(file_, key_.derive("visavis session revocations")
                                .seal(as_bytes(before), as_bytes("visavis session revocations, version 1"))));
    EXPECT_FALSE(open()->find(one.id, one.token));
}

TEST_F(SessionsTest, AMessageIsKeptWithItsRevocationUntilItIsSettled) {
    const auto message = [](const std::string& id) {
        return [id]() -> Result<std::optional<PendingMessage>> {
            return PendingMessage{.id = id, .payload = {1}};
        };
    };
    auto sessions = open();
    const Session one = sessions->issue(wanted(), now_);
    EXPECT_FALSE(sessions->revoke(one.id, now_, []() -> Result<std::optional<PendingMessage>> {
        return fail(ErrorCode::kUnavailable, "no room");
    }));
    EXPECT_TRUE(sessions->find(one.id, one.token)) << "not revoked";
    ASSERT_TRUE(sessions->revoke(one.id, now_, message("one")));
    ASSERT_TRUE(sessions->revoke_role("searcher", now_, message("two")));
    sessions = open();
    ASSERT_TRUE(sessions->settle("one"));
    sessions = open();
    const std::vector<PendingMessage> left{{.id = "two", .payload = {1}}};
    EXPECT_EQ(sessions->pending(), left);
    EXPECT_FALSE(sessions->find(one.id, one.token));
}

}  // namespace
}  // namespace visavis::keys
