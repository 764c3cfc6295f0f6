#include "policy/policy_set.h"

#include <chrono>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/actions.h"
#include "policy/cedar.h"
#include "policy/directory.h"
#include "policy/schema.h"

namespace visavis::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Result<std::shared_ptr<const PolicySet>> compile(std::string text) {
    return PolicySet::compile({.files = {{"test.cedar", std::move(text)}}, .parameters = {}});
}

Request search_by(std::string principal) {
    Request request;
    request.action = "SearchFacesByImage";
    request.principal.name = std::move(principal);
    request.collection.name = "gallery";
    request.context.purpose = "missing-child";
    request.context.credential.kind = "key";
    return request;
}

constexpr std::string_view kAllowAll = "@id(\"all\") permit (principal, action, resource);\n";

TEST(PolicySet, AllowsWhatAPolicyPermitsAndNamesIt) {
    const auto set =
        compile(R"(@id("searches") permit (principal, action in Action::"identify", resource);)");
    ASSERT_TRUE(set) << set.error().message;
    const Decision decision = (*set)->authorise(search_by("alice"));
    EXPECT_TRUE(decision.allowed) << decision.explanation;
    EXPECT_THAT(decision.policies, ElementsAre("searches"));
    EXPECT_EQ(decision.policy_hash, (*set)->hash());
    EXPECT_EQ(decision.policy_hash.size(), 64U);
}

TEST(PolicySet, RefusesByDefaultAndSaysSo) {
    const auto set = compile(R"(@id("enrolment") permit (principal, action in Action::"enrol", resource);)");
    ASSERT_TRUE(set) << set.error().message;
    const Decision decision = (*set)->authorise(search_by("alice"));
    EXPECT_FALSE(decision.allowed);
    EXPECT_THAT(decision.policies, IsEmpty());
    EXPECT_EQ(decision.explanation,
              "no policy permits `alice` to SearchFacesByImage on collection `gallery` for the purpose "
              "`missing-child`");
}

TEST(PolicySet, ForbidWinsAndItsAdviceIsGiven) {
    const auto set = compile(
        std::string(kAllowAll) +
        R"(@id("no") @advice("Ask the court.") forbid (principal == Principal::"alice", action, resource);)");
    ASSERT_TRUE(set) << set.error().message;
    const Decision decision = (*set)->authorise(search_by("alice"));
    EXPECT_FALSE(decision.allowed);
    EXPECT_THAT(decision.policies, ElementsAre("no"));
    EXPECT_THAT(decision.advice, ElementsAre("Ask the court."));
    EXPECT_EQ(decision.explanation, "forbidden by `no`: Ask the court.");
    EXPECT_TRUE((*set)->authorise(search_by("bob")).allowed);
}

TEST(PolicySet, AnswersTheSameQuestionFromMemoryUntilTheSecondIsOver) {
    const auto set = compile(
        R"(@id("early") permit (principal, action, resource) when { context.now < datetime("2026-05-01T12:00:00Z") };)");
    ASSERT_TRUE(set) << set.error().message;
    Request request = search_by("alice");
    const TimePoint noon = std::chrono::sys_days{std::chrono::May / 1 / 2026} + std::chrono::hours(12);
    request.context.now = noon - std::chrono::milliseconds(1);
    for (int asked = 0; asked < 2; ++asked) {
        const Decision decision = (*set)->authorise(request);
        EXPECT_TRUE(decision.allowed) << decision.explanation;
        EXPECT_THAT(decision.policies, ElementsAre("early"));
        EXPECT_EQ(decision.explanation, "allowed by `early`");
        EXPECT_EQ(decision.policy_hash, (*set)->hash());
    }
    request.context.now = noon;
    EXPECT_FALSE((*set)->authorise(request).allowed);
}

TEST(PolicySet, RemembersFewQuestionsAndStillAnswersAll) {
    const auto set = compile(std::string(kAllowAll) +
                             R"(@id("no") forbid (principal == Principal::"p7", action, resource);)");
    ASSERT_TRUE(set) << set.error().message;
    for (int round = 0; round < 2; ++round)
        for (int i = 0; i < 600; ++i) {
            const auto decision = (*set)->authorise(search_by(fmt::format("p{}", i)));
            EXPECT_EQ(decision.allowed, i != 7) << i;
        }
}

// Cedar skips a policy that errs, so that its `permit` neighbour would win.
TEST(PolicySet, AForbidThatCannotBeEvaluatedRefuses) {
    const auto set = compile(
        std::string(kAllowAll) +
        R"(@id("overflow") forbid (principal, action, resource) when { context.gallery_size * 2 < 0 };)");
    ASSERT_TRUE(set) << set.error().message;
    Request request = search_by("alice");
    EXPECT_TRUE((*set)->authorise(request).allowed);
    request.context.gallery_size = 9'000'000'000'000'000'000;
    const Decision decision = (*set)->authorise(request);
    EXPECT_FALSE(decision.allowed);
    EXPECT_THAT(decision.policies, ElementsAre("overflow"));
    EXPECT_THAT(decision.explanation, HasSubstr("`overflow` cannot be evaluated"));
}

TEST(PolicySet, RefusesARequestThatDoesNotFitTheSchema) {
    const auto set = compile(std::string(kAllowAll));
    ASSERT_TRUE(set) << set.error().message;
    Request request = search_by("alice");
    request.context.source_address = "no address";
    Decision decision = (*set)->authorise(request);
    EXPECT_FALSE(decision.allowed);
    EXPECT_THAT(decision.explanation, HasSubstr("does not agree with the policy's schema"));
    request = search_by("alice");
    request.action = "ReadMinds";
    decision = (*set)->authorise(request);
    EXPECT_FALSE(decision.allowed);
    EXPECT_THAT(decision.explanation, HasSubstr("`ReadMinds` is no action"));
}

TEST(PolicySet, RefusesNamesThatLookAlike) {
    const auto set = compile(R"(@id("alice") permit (principal == Principal::"alice", action, resource);)");
    ASSERT_TRUE(set) << set.error().message;
    EXPECT_TRUE((*set)->authorise(search_by("alice")).allowed);
    for (const std::string name : {"\u0430lice", "alice\u200b", "alice ", "Alice", "", "a\nlice"}) {
        const Decision decision = (*set)->authorise(search_by(name));
        EXPECT_FALSE(decision.allowed) << name;
    }
    EXPECT_THAT((*set)->authorise(search_by("\u0430lice")).explanation, HasSubstr("is no principal"));
    const auto mixed =
        compile("@id(\"x\") permit (principal == Principal::\"\u0430lice\", action, resource);");
    ASSERT_FALSE(mixed);
    EXPECT_THAT(mixed.error().message, HasSubstr("contains mixed scripts"));
}

TEST(PolicySet, RefusesWhatItCannotRelyOn) {
    const struct {
        std::string text;
        std::string message;
    } cases[] = {
        {"permit (principal, action, resource);", "test.cedar:1: a policy needs an id"},
        {std::string(kAllowAll) + std::string(kAllowAll), "test.cedar:2: the policy id `all` is used twice"},
        {"@id(\"floor-clock\") permit (principal, action, resource);", "is used in another file of the set"},
        {"@id(\"x\") permit (principal, action, resource", "test.cedar:1: unexpected end of input"},
        {"\n@id(\"x\") permit (principal, action, resource) when { principal.race == \"x\" };",
         "test.cedar:2: "},
        {R"(@id("x") permit (principal, action, resource) when { context.case.id == "1" };)",
         "test.cedar:1: "},
        {R"(@id("x") permit (principal, action == Action::"Search", resource);)", "Search"},
        {"@id(\"x\") permit (principal == ?principal, action, resource);", "templates"},
    };
    for (const auto& [text, message] : cases) {
        const auto set = compile(text);
        ASSERT_FALSE(set) << text;
        EXPECT_EQ(set.error().code, ErrorCode::kInvalidParameter);
        EXPECT_THAT(set.error().message, HasSubstr(message)) << text;
    }
}

TEST(PolicySet, SurvivesTextsMadeToOverflowAParser) {
    const auto rule = [](const std::string& condition) {
        return "@id(\"deep\") permit (principal, action, resource) when { " + condition + " };";
    };
    const auto repeat = [](std::string_view text, int times) {
        std::string made;
        while (times-- > 0) made += text;
        return made;
    };
    for (const std::string_view bracket : {"(", "[", "{"}) {
        const auto set = compile(rule(repeat(bracket, 700) + "true"));
        ASSERT_FALSE(set);
        EXPECT_THAT(set.error().message, HasSubstr("brackets within one another")) << bracket;
    }
    EXPECT_THAT(compile(rule(repeat("true && ", 9000) + "true")).error().message,
                HasSubstr("one policy is longer"));
    // Just below the cap nothing may crash, whatever the answer is.
    for (const std::string& long_rule :
         {rule(repeat("true&&", 5000) + "true"),
          rule(repeat("if true then ", 2000) + "true" + repeat(" else true", 500)),
          rule(repeat("1+", 15000) + "1 == 2"), rule("context" + repeat(".purpose", 3500) + " == 1"),
          rule(repeat("-", 20000) + "1 == 1"), rule(repeat("!", 20000) + "true")}) {
        const auto set = compile(long_rule);
        if (set) {
            EXPECT_FALSE((*set)->authorise(search_by("alice")).explanation.empty());
        }
    }
    EXPECT_TRUE(compile("// " + repeat("(", 700) + "\n" + std::string(kAllowAll))) << "comments do not count";
}

TEST(PolicySet, WarnsOfAPolicyThatCanNeverApply) {
    const auto set = compile(std::string(kAllowAll) +
                             "@id(\"never\") permit (principal, action, resource) when { 1 == 2 };");
    ASSERT_TRUE(set) << set.error().message;
    ASSERT_EQ((*set)->warnings().size(), 1U);
    EXPECT_THAT((*set)->warnings()[0], HasSubstr("test.cedar:2: "));
    EXPECT_THAT((*set)->warnings()[0], HasSubstr("impossible"));
}

TEST(PolicySet, HashNamesWhatDecides) {
    const auto one = compile(std::string(kAllowAll));
    const auto same = compile(std::string(kAllowAll));
    const auto other = compile(std::string(kAllowAll) + "\n");
    EXPECT_EQ((*one)->hash(), (*same)->hash());
    EXPECT_NE((*one)->hash(), (*other)->hash());
    const auto dated = PolicySet::compile(
        {.files = {{"test.cedar", std::string(kAllowAll)}}, .parameters = "[dates]\nfrom = 2020-06-10\n"});
    ASSERT_TRUE(dated) << dated.error().message;
    EXPECT_NE((*one)->hash(), (*dated)->hash());
    EXPECT_EQ((*dated)->dates().at("from"), "2020-06-10");
}

// Generated from the table, so that a new operation cannot be forgotten.
TEST(PolicySet, EveryOperationIsRefusedWithoutAPermit) {
    const auto set = compile(R"(@id("nobody") permit (principal == Principal::"nobody", action, resource);)");
    ASSERT_TRUE(set) << set.error().message;
    for (const Action& action : kActions) {
        Request request = search_by("alice");
        request.action = action.name;
        request.role.name = "searcher";
        request.role.purposes = {"missing-child"};
        request.case_record.id = "2026-118";
        request.context.recipient = "unit-7";
        request.role.recipients = {"unit-7"};
        request.collection.recipients = {"unit-7"};
        const Decision refused = (*set)->authorise(request);
        EXPECT_FALSE(refused.allowed) << action.name;
        EXPECT_THAT(refused.explanation, HasSubstr("no policy permits `alice` to")) << action.name;
        request.principal.name = "nobody";
        EXPECT_TRUE((*set)->authorise(request).allowed)
            << action.name << ": " << (*set)->authorise(request).explanation;
    }
}

TEST(PolicySet, CedarIsTheOneThatIsPinned) {
    EXPECT_THAT(cedar_version(), testing::StartsWith("4.14."));
}

// The border itself: what C++ would never send must not be taken for something else.
TEST(CedarBorder, WhatTheSchemaDoesNotKnowIsRefused) {
    namespace json = boost::json;
    const json::value sources{
        {"schema", cedar_schema()},
        {"files",
         json::array{{{"name", "all"}, {"text", "@id(\"all\") permit (principal, action, resource);"}}}}};
    const std::string text = json::serialize(sources);
    char* report = nullptr;
    visavis_cedar_set* set = visavis_cedar_compile(text.data(), text.size(), &report);
    ASSERT_NE(set, nullptr) << report;
    visavis_cedar_free_text(report);
    json::value request = json::parse(to_cedar_json(search_by("alice"), {}).value());
    const auto ask = [&](const auto& change) {
        json::value changed = request;
        change(changed.as_object());
        const std::string call = json::serialize(changed);
        char* words = visavis_cedar_authorise(set, call.data(), call.size());
        json::value answer = json::parse(words);
        visavis_cedar_free_text(words);
        return answer;
    };
    EXPECT_TRUE(ask([](json::object&) {}).at("allowed").as_bool());
    const auto refused = [&](const auto& change) {
        const json::value answer = ask(change);
        return !answer.at("allowed").as_bool() && answer.as_object().contains("invalid");
    };
    const auto context = [](json::object& call) -> json::object& { return call["context"].as_object(); };
    EXPECT_TRUE(refused([&](json::object& call) { context(call)["race"] = "any"; }))
        << "an unknown attribute";
    EXPECT_TRUE(refused([&](json::object& call) { context(call).erase("purpose"); })) << "a missing one";
    EXPECT_TRUE(refused([&](json::object& call) { context(call)["live"] = "false"; })) << "of another type";
    EXPECT_TRUE(refused([&](json::object& call) { context(call)["hour"] = 7.5; }));
    EXPECT_TRUE(refused([&](json::object& call) { context(call)["hour"] = nullptr; }));
    EXPECT_TRUE(refused([&](json::object& call) { context(call)["now"] = {{"datetime", "yesterday"}}; }));
    EXPECT_TRUE(refused([&](json::object& call) { context(call)["threshold"] = {{"decimal", "99.00001"}}; }));
    EXPECT_TRUE(refused([&](json::object& call) { call["entities"].as_array().push_back("x"); }));
    EXPECT_TRUE(refused([&](json::object& call) {
        call["entities"].as_array()[0].as_object()["attrs"].as_object()["race"] = "any";
    })) << "an entity with an attribute that there is not";
    EXPECT_TRUE(refused([&](json::object& call) { call["action"].as_object()["id"] = "Everything"; }));
    EXPECT_TRUE(ask([](json::object&) {}).at("allowed").as_bool()) << "none of it was remembered";
    visavis_cedar_free(set);
}

// Entities are remembered by their text: another role, another tag is another text.
TEST(PolicySet, WhatChangesAboutAnAskerOrACollectionCountsAtOnce) {
    const auto set = compile(
        "@id(\"examiner\") permit (principal, action in Action::\"identify\", resource) when { "
        "principal.role == "
        "\"examiner\" && resource.hasTag(\"open\") };");
    ASSERT_TRUE(set) << set.error().message;
    Request request = search_by("alice");
    for (int round = 0; round < 3; ++round) {
        request.principal.role = "examiner";
        request.collection.tags = {{"open", "yes"}};
        EXPECT_TRUE((*set)->authorise(request).allowed);
        request.principal.role = "guest";
        EXPECT_FALSE((*set)->authorise(request).allowed);
        request.principal.role = "examiner";
        request.collection.tags = {};
        EXPECT_FALSE((*set)->authorise(request).allowed);
    }
    // More askers than are remembered, each twice.
    request.collection.tags = {{"open", "yes"}};
    for (int i = 0; i < 1'200; ++i) {
        request.principal.name = "person-" + std::to_string(i % 600);
        request.principal.role = i % 2 == 0 ? "examiner" : "guest";
        EXPECT_EQ((*set)->authorise(request).allowed, i % 2 == 0) << i;
    }
}

}  // namespace
}  // namespace visavis::policy
