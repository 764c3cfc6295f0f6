#include "keys/access_keys.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "keys/credentials_file.h"
#include "keys/server_key.h"

namespace visavis::keys {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

class Keys : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "visavis-keys-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        directory_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }
    [[nodiscard]] unsigned mode(const std::string& name) const {
        struct stat status{};
        EXPECT_EQ(::stat(path(name).c_str(), &status), 0);
        return status.st_mode & 07777U;
    }
    [[nodiscard]] std::unique_ptr<AccessKeys> open() const {
        auto keys = AccessKeys::open(path("keys.sealed"), server_key_);
        EXPECT_TRUE(keys) << keys.error().message;
        return std::move(*keys);
    }

    static constexpr TimePoint kNow{std::chrono::milliseconds(1'800'000'000'123)};
    const NewAccessKey bound_{.principal = "field-officer",
                              .account = "123456789012",
                              .expires = kNow + std::chrono::hours(48),
                              .binding = {.purpose = "missing-child",
                                          .case_id = "2026-118",
                                          .recipient = "unit-7",
                                          .basis = "court-order:9",
                                          .collections = {"a", "b"}}};
    SealKey server_key_ = SealKey::generate();
    std::string directory_;
};

TEST_F(Keys, OneThatNamesAnApproverWaitsForThatPersonAlone) {
    NewAccessKey wanted = bound_;
    wanted.binding.approver = "judge";
    auto keys = open();
    const auto key = keys->create(wanted, kNow);
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_TRUE(key->pending());
    EXPECT_FALSE(key->valid_at(kNow));
    const auto code = [&](const std::string& by, const std::string& account = "123456789012") {
        return keys->approve(key->id, account, by, kNow).error().code;
    };
    EXPECT_EQ(code("field-officer"), ErrorCode::kAccessDenied) << "never oneself";
    EXPECT_EQ(code("root"), ErrorCode::kAccessDenied) << "nobody in their place";
    EXPECT_EQ(code(""), ErrorCode::kAccessDenied);
    EXPECT_EQ(code("judge", "999900001111"), ErrorCode::kNotFound) << "a judge of another account";
    const auto rotated_early = keys->rotate(key->id, kNow);
    ASSERT_TRUE(rotated_early);
    EXPECT_TRUE(rotated_early->pending()) << "a rotation approves nothing";
    EXPECT_EQ(keys->approve(key->id, "123456789012", "judge", kNow).error().code, ErrorCode::kConflict)
        << "revoked by the rotation";

    const std::string id = rotated_early->id;
    const auto approved = keys->approve(id, "123456789012", "judge", kNow + std::chrono::seconds(1));
    ASSERT_TRUE(approved) << approved.error().message;
    EXPECT_TRUE(approved->secret.empty());
    EXPECT_TRUE(approved->valid_at(kNow + std::chrono::seconds(1)));
    keys = open();
    EXPECT_FALSE(keys->find(id)->pending()) << "durable";
    EXPECT_EQ(keys->approve(id, "123456789012", "judge", kNow + std::chrono::hours(1))->approved,
              kNow + std::chrono::seconds(1))
        << "the first time counts";
    const auto rotated = keys->rotate(id, kNow);
    ASSERT_TRUE(rotated);
    EXPECT_FALSE(rotated->pending()) << "the same binding, approved";

    wanted.binding.approver = "judge";
    const auto late = keys->create(wanted, kNow);
    EXPECT_EQ(keys->approve(late->id, "123456789012", "judge", *wanted.expires).error().code,
              ErrorCode::kConflict);
    const auto unbound = keys->create(bound_, kNow);
    EXPECT_FALSE(unbound->pending());
    EXPECT_EQ(keys->approve(unbound->id, "123456789012", "", kNow).error().code, ErrorCode::kAccessDenied);
}

TEST_F(Keys, LookLikeAmazonsAndDiffer) {
    const auto keys = open();
    const auto one = keys->create(bound_, kNow);
    const auto two = keys->create(bound_, kNow);
    ASSERT_TRUE(one && two);
    EXPECT_THAT(one->id, MatchesRegex("AKIA[A-Z2-7]{16}"));
    EXPECT_EQ(one->secret.size(), 40U);
    EXPECT_NE(one->id, two->id);
    EXPECT_NE(one->secret, two->secret);
}

TEST_F(Keys, OutliveTheProgram) {
    const auto made = open()->create(bound_, kNow);
    ASSERT_TRUE(made);
    const auto found = open()->find(made->id);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->secret, made->secret);
    EXPECT_EQ(found->principal, "field-officer");
    EXPECT_EQ(found->account, "123456789012");
    EXPECT_EQ(found->created, kNow);
    EXPECT_EQ(found->expires, bound_.expires);
    EXPECT_EQ(found->binding, bound_.binding);
    EXPECT_FALSE(open()->find("AKIAAAAAAAAAAAAAAAAA"));
}

TEST_F(Keys, TheFileShowsNothing) {
    const auto made = open()->create(bound_, kNow);
    const auto content = read_file(path("keys.sealed"), 1'000'000);
    ASSERT_TRUE(made && content);
    for (const std::string& secret : {made->secret, made->id, made->principal, bound_.binding.purpose})
        EXPECT_THAT(std::string(as_text(*content)), Not(HasSubstr(secret)));
    EXPECT_EQ(mode("keys.sealed"), 0600U);
}

TEST_F(Keys, ListingShowsNoSecretAndKeepsTheOrder) {
    const auto keys = open();
    std::vector<std::string> made;
    made.reserve(5);
    for (int i = 0; i < 5; ++i) made.push_back(keys->create(bound_, kNow + std::chrono::seconds(i))->id);
    const auto listed = keys->list();
    ASSERT_EQ(listed.size(), 5U);
    for (std::size_t i = 0; i < listed.size(); ++i) {
        EXPECT_EQ(listed[i].id, made[i]);
        EXPECT_TRUE(listed[i].secret.empty());
    }
}

TEST_F(Keys, ExpireAndAreRevokedForGood) {
    const auto keys = open();
    const auto made = keys->create(bound_, kNow);
    ASSERT_TRUE(made);
    EXPECT_TRUE(made->valid_at(*bound_.expires - std::chrono::milliseconds(1)));
    EXPECT_FALSE(made->valid_at(*bound_.expires));
    EXPECT_TRUE(keys->revoke(made->id, kNow + std::chrono::seconds(5)));
    EXPECT_TRUE(keys->revoke(made->id, kNow + std::chrono::seconds(9)));
    const auto found = open()->find(made->id);
    EXPECT_EQ(found->revoked, kNow + std::chrono::seconds(5));
    EXPECT_FALSE(found->valid_at(kNow + std::chrono::seconds(1)));
    EXPECT_EQ(keys->revoke("AKIAXXXXXXXXXXXXXXXX", kNow).error().code, ErrorCode::kNotFound);
}

TEST_F(Keys, RotationKeepsTheBindingAndEndsTheOldKey) {
    const auto keys = open();
    const auto old = keys->create(bound_, kNow);
    const auto fresh = keys->rotate(old->id, kNow);
    ASSERT_TRUE(fresh);
    EXPECT_NE(fresh->id, old->id);
    EXPECT_EQ(fresh->binding, old->binding);
    EXPECT_EQ(fresh->expires, old->expires);
    EXPECT_TRUE(open()->find(old->id)->revoked);
    EXPECT_EQ(keys->rotate(old->id, kNow).error().code, ErrorCode::kInvalidParameter);
    EXPECT_EQ(keys->rotate(fresh->id, *bound_.expires).error().code, ErrorCode::kInvalidParameter);
}

TEST_F(Keys, NamesAndAccountsAreChecked) {
    const auto keys = open();
    for (const std::string& principal :
         {std::string(), std::string("a b"), std::string("ä"), std::string(129, 'x')}) {
        NewAccessKey wrong = bound_;
        wrong.principal = principal;
        EXPECT_EQ(keys->create(wrong, kNow).error().code, ErrorCode::kInvalidParameter) << principal;
    }
    NewAccessKey wrong = bound_;
    wrong.account = "12345678901x";
    EXPECT_EQ(keys->create(wrong, kNow).error().code, ErrorCode::kInvalidParameter);
}

TEST_F(Keys, AnotherServerKeyOrAChangedByteOpensNothing) {
    ASSERT_TRUE(open()->create(bound_, kNow));
    const auto foreign = AccessKeys::open(path("keys.sealed"), SealKey::generate());
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().code, ErrorCode::kInternal);
    EXPECT_THAT(foreign.error().message, HasSubstr("server.key"));
    auto content = read_file(path("keys.sealed"), 1'000'000);
    content->back() ^= 1U;
    ASSERT_TRUE(replace_file(path("keys.sealed"), *content));
    EXPECT_FALSE(AccessKeys::open(path("keys.sealed"), server_key_));
}

TEST_F(Keys, AFailedWriteChangesNothing) {
    const auto keys = open();
    const auto made = keys->create(bound_, kNow);
    std::filesystem::remove_all(directory_);
    EXPECT_EQ(keys->revoke(made->id, kNow).error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(keys->create(bound_, kNow).error().code, ErrorCode::kUnavailable);
    EXPECT_FALSE(keys->find(made->id)->revoked);
    EXPECT_EQ(keys->list().size(), 1U);
}

TEST_F(Keys, AMessageIsKeptWithItsChangeUntilItIsSettled) {
    const auto message = [](const std::string& id) {
        return [id]() -> Result<std::optional<PendingMessage>> {
            return PendingMessage{.id = id, .payload = {0, 255, 7}};
        };
    };
    auto keys = open();
    const auto made = keys->create(bound_, kNow, {}, message("one"));
    const auto refused = keys->create(bound_, kNow, {}, []() -> Result<std::optional<PendingMessage>> {
        return fail(ErrorCode::kUnavailable, "no room");
    });
    EXPECT_EQ(refused.error().message, "no room");
    ASSERT_TRUE(keys->revoke(made->id, kNow, message("two")));
    ASSERT_TRUE(keys->revoke(made->id, kNow, message("nothing changed, nothing kept")));
    keys = open();
    EXPECT_EQ(keys->list().size(), 1U);
    const std::vector<PendingMessage> both{{.id = "one", .payload = {0, 255, 7}},
                                           {.id = "two", .payload = {0, 255, 7}}};
    EXPECT_EQ(keys->pending(), both);
    ASSERT_TRUE(keys->settle("one"));
    ASSERT_TRUE(keys->settle("one")) << "twice is no error";
    keys = open();
    EXPECT_EQ(keys->pending(), std::vector{both[1]});
    EXPECT_TRUE(keys->find(made->id)->revoked);
}

TEST_F(Keys, AFileOfBeforeThereWereMessagesIsRead) {
    const std::string before =
        R"([{"id":"AKIAAAAAAAAAAAAAAAAA","secret":"s","principal":"anna","account":"123456789012","created":5,)"
        R"("purpose":"","case":"","recipient":"","basis":"","approver":"","collections":["a"]}])";
    ASSERT_TRUE(replace_file(path("keys.sealed"),
                             server_key_.derive("visavis access keys")
                                 .seal(as_bytes(before), as_bytes("visavis access keys, version 1"))));
    const auto keys = open();
    ASSERT_EQ(keys->list().size(), 1U);
    EXPECT_EQ(keys->list()[0].principal, "anna");
    EXPECT_EQ(keys->pending(), std::vector<PendingMessage>{});
}

TEST_F(Keys, TheServerKeyIsMadeOnceAndPrivate) {
    const auto absent = open_server_key(path("server.key"), false);
    EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
    const auto made = open_server_key(path("server.key"), true);
    ASSERT_TRUE(made);
    EXPECT_EQ(mode("server.key"), 0600U);
    const auto again = open_server_key(path("server.key"), true);
    ASSERT_TRUE(again);
    EXPECT_TRUE(std::ranges::equal(made->bytes(), again->bytes()));
    ASSERT_EQ(::chmod(path("server.key").c_str(), 0640), 0);
    EXPECT_THAT(open_server_key(path("server.key"), true).error().message, HasSubstr("has mode 640"));
    ASSERT_TRUE(replace_file(path("server.key"), as_bytes("short")));
    EXPECT_THAT(open_server_key(path("server.key"), true).error().message,
                HasSubstr("has 5 bytes instead of 32"));
}

TEST_F(Keys, AKeyThatCannotBeHandedOverFirstIsNotMade) {
    const auto keys = open();
    std::string shown;
    const auto refused = keys->create(bound_, kNow, [&](const AccessKey& key) -> Result<void> {
        shown = key.id;
        return fail(ErrorCode::kUnavailable, "disk full");
    });
    EXPECT_EQ(refused.error().message, "disk full");
    EXPECT_FALSE(shown.empty());
    EXPECT_TRUE(keys->list().empty());
    EXPECT_TRUE(open()->list().empty());
}

TEST_F(Keys, TheCredentialsFileIsWhatAwsReads) {
    const auto made = open()->create(bound_, kNow);
    ASSERT_TRUE(write_credentials_file(path("credentials"), *made));
    EXPECT_EQ(mode("credentials"), 0600U);
    EXPECT_EQ(
        as_text(*read_file(path("credentials"), 1000)),
        "[default]\naws_access_key_id = " + made->id + "\naws_secret_access_key = " + made->secret + "\n");
}

}  // namespace
}  // namespace visavis::keys
