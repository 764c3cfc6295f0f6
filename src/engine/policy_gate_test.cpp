#include "engine/policy_gate.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "policy/actions.h"
#include "policy/case_database.h"

namespace visavis::engine {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class MovedClock final : public Clock {
  public:
    [[nodiscard]] TimePoint now() const override { return now_; }
    void move(std::chrono::milliseconds by) { now_ += by; }

  private:
    TimePoint now_{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};
};

// A real policy directory, a real case database; only the collections are a map.
class PolicyGateTest : public testing::Test {
  protected:
    PolicyGateTest() {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_ + "/policy");
        write("policy/test.cedar",
              "@id(\"root\") permit (principal, action, resource) when { principal.root };\n"
              "@id(\"examiner\") permit (principal, action in Action::\"identify\", resource)\n"
              "when { principal.role == \"examiner\" && context.purpose == \"missing-child\" };\n"
              "@id(\"tagger\") permit (principal, action == Action::\"TagResource\", resource)\n"
              "when { principal.role == \"examiner\" };\n"
              "@id(\"high\") @advice(\"Search at 99 or above.\") forbid (principal, action in "
              "Action::\"identify\", resource)\n"
              "when { context.threshold.lessThan(decimal(\"99.0\")) && context.gallery_size > 1000 };\n");
        write("principals.toml",
              "[organisations.ncmec]\nsector = \"child-protection\"\n"
              "[principals.alice]\norganisation = \"ncmec\"\nrole = \"examiner\"\n");
        auto keeper = policy::Keeper::open({.policies = folder_ + "/policy",
                                            .history = folder_ + "/policy/history",
                                            .principals = folder_ + "/principals.toml",
                                            .roles = folder_ + "/roles.toml"},
                                           {});
        EXPECT_TRUE(keeper) << keeper.error().message;
        keeper_ = std::move(*keeper);
        auto repository = policy::open_case_database(folder_ + "/policy.db");
        EXPECT_TRUE(repository);
        cases_ = std::make_shared<policy::Cases>(std::move(*repository), clock_);
        gate_ = make_policy_gate(
            std::make_shared<policy::Authority>(keeper_, cases_, clock_),
            [&](std::string_view, std::string_view name) -> Result<std::optional<CollectionFacts>> {
                if (name != "gallery") return std::nullopt;
                return facts_;
            });
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    void write(const std::string& name, std::string_view text) {
        std::ofstream(folder_ + "/" + name) << text;
    }

    Caller alice(std::string purpose = "missing-child") {
        Caller caller{.principal = "alice",
                      .account = "000000000001",
                      .region = "eu-west-1",
                      .request_id = {},
                      .access_key_id = "AKIAEXAMPLE",
                      .source_address = "192.0.2.7",
                      .binding = {}};
        caller.binding.purpose = std::move(purpose);
        return caller;
    }

    static Use search(double threshold = 80) {
        return {.operation = "SearchFacesByImage",
                .collection = "gallery",
                .threshold = threshold,
                .attributes = {},
                .tags = {}};
    }

    std::string folder_ =
        testing::TempDir() + "visavis-gate-" + testing::UnitTest::GetInstance()->current_test_info()->name();
    std::shared_ptr<MovedClock> clock_ = std::make_shared<MovedClock>();
    CollectionFacts facts_{.tags = {}, .faces = 10};
    std::shared_ptr<policy::Keeper> keeper_;
    std::shared_ptr<policy::Cases> cases_;
    std::unique_ptr<Gate> gate_;
};

TEST_F(PolicyGateTest, ThePurposeIsTheCredentialsOwn) {
    const Decision allowed = gate_->decide(alice(), search());
    EXPECT_TRUE(allowed.allowed) << allowed.reason;
    EXPECT_THAT(allowed.policies, ElementsAre("examiner"));
    EXPECT_EQ(allowed.policy_set, keeper_->current()->set->hash());
    EXPECT_FALSE(gate_->decide(alice("research"), search()).allowed);
    // Whatever a request carries besides, e.g. attributes, cannot state a purpose.
    Use claimed = search();
    claimed.attributes = {"missing-child"};
    claimed.tags = {"purpose"};
    EXPECT_FALSE(gate_->decide(alice(""), claimed).allowed);
}

TEST_F(PolicyGateTest, ThresholdAndGallerySizeReachThePolicy) {
    facts_.faces = 1001;
    const Decision refused = gate_->decide(alice(), search(98.9));
    EXPECT_FALSE(refused.allowed);
    EXPECT_THAT(refused.reason, HasSubstr("Search at 99 or above."));
    EXPECT_TRUE(gate_->decide(alice(), search(99)).allowed);
}

TEST_F(PolicyGateTest, CollectionTagsBindEvenRoot) {
    Caller root = alice("");
    root.principal = "root";
    EXPECT_TRUE(gate_->decide(root, search()).allowed);
    facts_.tags = {{"visavis:purposes", "trafficking-victim missing-child"}};
    EXPECT_THAT(gate_->decide(root, search()).policies, ElementsAre("floor-collection-purpose"));
    EXPECT_TRUE(gate_->decide(alice(), search()).allowed);
    facts_.tags = {{"visavis:bases", "consent"}};
    const Use index{
        .operation = "IndexFaces", .collection = "gallery", .threshold = {}, .attributes = {}, .tags = {}};
    EXPECT_THAT(gate_->decide(root, index).policies, ElementsAre("floor-enrolment-basis"));
    root.binding.basis = "consent:4711";
    EXPECT_TRUE(gate_->decide(root, index).allowed);
    root.binding.basis = "scraped:social-media";
    EXPECT_FALSE(gate_->decide(root, index).allowed);
}

TEST_F(PolicyGateTest, PolicyTagsAreADecisionOfTheirOwn) {
    Use tag{.operation = "TagResource",
            .collection = "gallery",
            .threshold = {},
            .attributes = {},
            .tags = {"colour"}};
    EXPECT_TRUE(gate_->decide(alice(), tag).allowed);
    tag.tags.emplace_back("visavis:purposes");
    EXPECT_FALSE(gate_->decide(alice(), tag).allowed);
    Caller root = alice();
    root.principal = "root";
    EXPECT_TRUE(gate_->decide(root, tag).allowed);
}

TEST_F(PolicyGateTest, ACredentialReachesItsCollectionsOnly) {
    Caller caller = alice();
    caller.binding.collections = {"other"};
    EXPECT_THAT(gate_->decide(caller, search()).policies, ElementsAre("floor-credential-collections"));
    caller.binding.collections = {"other", "gallery"};
    EXPECT_TRUE(gate_->decide(caller, search()).allowed);
}

TEST_F(PolicyGateTest, ACaseThatIsClosedDuringASearchStopsTheNext) {
    Caller caller = alice();
    caller.binding.case_id = "2026-118";
    EXPECT_FALSE(gate_->decide(caller, search()).allowed) << "no such case";
    ASSERT_TRUE(cases_->open({.id = "2026-118",
                              .purpose = "missing-child",
                              .reason = {},
                              .expires = clock_->now() + 10h,
                              .urgent = {}},
                             "carol"));
    EXPECT_FALSE(gate_->decide(caller, search()).allowed) << "not approved";
    ASSERT_TRUE(cases_->approve("2026-118", "bob", "court-77"));
    EXPECT_TRUE(gate_->decide(caller, search()).allowed);
    clock_->move(10h);
    EXPECT_THAT(gate_->decide(caller, search()).policies, ElementsAre("floor-case-in-force"))
        << "to the millisecond";
    clock_->move(-1ms);
    EXPECT_TRUE(gate_->decide(caller, search()).allowed);
    ASSERT_TRUE(cases_->close("2026-118", "carol"));
    EXPECT_FALSE(gate_->decide(caller, search()).allowed);
}

TEST_F(PolicyGateTest, AClockSetBackRefusesCasesAndSaysSo) {
    Caller caller = alice();
    caller.binding.case_id = "2026-118";
    ASSERT_TRUE(cases_->open({.id = "2026-118",
                              .purpose = "missing-child",
                              .reason = {},
                              .expires = clock_->now() + 10h,
                              .urgent = {}},
                             "carol"));
    ASSERT_TRUE(cases_->approve("2026-118", "bob", "court-77"));
    EXPECT_TRUE(gate_->decide(caller, search()).allowed);
    clock_->move(-6min);
    const Decision refused = gate_->decide(caller, search());
    EXPECT_FALSE(refused.allowed);
    EXPECT_THAT(refused.reason, HasSubstr("clock was set back"));
    EXPECT_TRUE(gate_->decide(alice(), search()).allowed) << "what needs no exception goes on";
}

TEST_F(PolicyGateTest, ABadSetNeverReplacesAGoodOne) {
    const std::string before = keeper_->current()->set->hash();
    const auto during = keeper_->current();  // a search that began before the reload
    write("policy/more.cedar",
          "@id(\"x\") permit (principal, action, resource) when { principal.race == 1 };");
    const auto refused = keeper_->reload();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("more.cedar:1"));
    EXPECT_EQ(keeper_->current()->set->hash(), before);
    EXPECT_TRUE(gate_->decide(alice(), search()).allowed);

    write("policy/more.cedar", "@id(\"stop\") forbid (principal, action, resource);");
    ASSERT_TRUE(keeper_->reload());
    const Decision stopped = gate_->decide(alice(), search());
    EXPECT_THAT(stopped.policies, ElementsAre("stop"));
    EXPECT_NE(stopped.policy_set, before);
    EXPECT_EQ(during->set->hash(), before);
    for (const std::string& hash : {before, stopped.policy_set})
        EXPECT_TRUE(std::filesystem::exists(folder_ + "/policy/history/" + hash + "/test.cedar"));
}

TEST_F(PolicyGateTest, TheMakerOwnsACollectionUnlessATagNamesAnother) {
    write("policy/owner.cedar",
          "@id(\"owner\") permit (principal, action == Action::\"ExportCollection\", resource) when { "
          "resource.owner == principal.name };");
    ASSERT_TRUE(keeper_->reload());
    const Use use{.operation = "ExportCollection", .collection = "gallery", .attributes = {}, .tags = {}};
    EXPECT_FALSE(gate_->decide(alice(), use).allowed);
    facts_.owner = "alice";
    EXPECT_TRUE(gate_->decide(alice(), use).allowed);
    facts_.tags = {{"visavis:owner", "bob"}};
    EXPECT_FALSE(gate_->decide(alice(), use).allowed) << "given away";
}

TEST_F(PolicyGateTest, ACameraIsKnownByItsCredential) {
    write("policy/live.cedar",
          "@id(\"no-live\") forbid (principal, action in Action::\"identify\", resource) when { context.live "
          "};");
    ASSERT_TRUE(keeper_->reload());
    Caller camera = alice();
    EXPECT_TRUE(gate_->decide(camera, search()).allowed);
    camera.binding.live = true;
    EXPECT_THAT(gate_->decide(camera, search()).policies, ElementsAre("no-live"));
}

TEST_F(PolicyGateTest, ConfirmationsOfAResultReachThePolicy) {
    write("policy/two.cedar",
          "@id(\"two\") permit (principal, action == Action::\"HandOverResult\", resource) when { "
          "context.confirmations >= 2 };");
    ASSERT_TRUE(keeper_->reload());
    facts_.tags = {{"visavis:recipients", "hotline"}};
    Caller caller = alice();
    caller.binding.recipient = "hotline";
    Use use{.operation = "HandOverResult", .collection = "gallery", .attributes = {}, .tags = {}};
    use.confirmations = 1;
    EXPECT_FALSE(gate_->decide(caller, use).allowed);
    use.confirmations = 2;
    EXPECT_TRUE(gate_->decide(caller, use).allowed);
    caller.binding.recipient = "newspaper";
    EXPECT_THAT(gate_->decide(caller, use).policies, ElementsAre("floor-recipient"));
}

TEST_F(PolicyGateTest, ABoundCredentialSweepsNothing) {
    Caller root = alice("");
    root.principal = "root";
    for (const char* operation : {"ListCollections", "RetentionStatus", "SweepRetention"}) {
        const Use use{.operation = operation, .collection = {}, .attributes = {}, .tags = {}};
        root.binding.collections = {};
        EXPECT_TRUE(gate_->decide(root, use).allowed) << operation;
        root.binding.collections = {"gallery"};
        EXPECT_THAT(gate_->decide(root, use).policies, ElementsAre("floor-credential-listing")) << operation;
    }
}

// Generated from the list of operations, so that a new one cannot be forgotten.
TEST_F(PolicyGateTest, EveryOperationIsRefusedWithoutAPermit) {
    Caller nobody = alice("");
    nobody.principal = "nobody";
    for (const policy::Action& action : policy::kActions) {
        Use use{.operation = std::string(action.name),
                .collection = {},
                .threshold = 100,
                .attributes = {},
                .tags = {}};
        if (action.resource == policy::ResourceKind::kCollection) use.collection = "gallery";
        EXPECT_FALSE(gate_->decide(nobody, use).allowed) << action.name;
    }
    EXPECT_FALSE(gate_
                     ->decide(nobody, {.operation = "NewOperation",
                                       .collection = {},
                                       .threshold = {},
                                       .attributes = {},
                                       .tags = {}})
                     .allowed);
    Caller root = nobody;
    root.principal = "root";
    const Decision unknown = gate_->decide(
        root, {.operation = "NewOperation", .collection = {}, .threshold = {}, .attributes = {}, .tags = {}});
    EXPECT_FALSE(unknown.allowed) << "not even root does what policy has no word for";
}

}  // namespace
}  // namespace visavis::engine
