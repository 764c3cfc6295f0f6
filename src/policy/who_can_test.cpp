#include "policy/who_can.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/profiles.h"

namespace visavis::policy {
namespace {

Collection gallery() {
    Collection made;
    made.name = "gallery";
    return made;
}

WhoCanAnswer police_identify(std::string_view profile) {
    const auto set = PolicySet::compile(find_profile(profile)->sources);
    EXPECT_TRUE(set) << set.error().message;
    WhoCanQuestion question{.actions = actions_of("SearchFaces"),
                            .collection = gallery(),
                            .sector = "law-enforcement",
                            .now = std::chrono::sys_days(std::chrono::year(2026) / 6 / 15)};
    return who_can(**set, {}, question);
}

TEST(WhoCan, FindsThePurposesThatTheMoratoriumLeavesThePolice) {
    const WhoCanAnswer answer = police_identify("amazon-2020-moratorium");
    std::vector<std::string> purposes;
    for (const WhoCanFinding& finding : answer.findings) purposes.push_back(finding.request.context.purpose);
    std::ranges::sort(purposes);
    EXPECT_THAT(purposes, testing::ElementsAre("missing-child", "trafficking-victim"));
    EXPECT_GT(answer.tried, 100U);
}

TEST(WhoCan, FindsNobodyWhereNobodyMay) {
    EXPECT_TRUE(police_identify("ibm-2020-withdrawal").findings.empty());
}

TEST(WhoCan, FindsARuleThatOpensASideDoor) {
    EXPECT_TRUE(police_identify("open-lab").findings.empty());
    auto sources = find_profile("open-lab")->sources;
    for (PolicyFile& file : sources.files) {
        const std::size_t at = file.text.find("@id(\"open-lab-not-police\")");
        ASSERT_NE(at, std::string::npos);
        file.text = file.text.substr(0, at) +
                    "@id(\"side-door\") permit (principal, action in Action::\"identify\", resource)\n"
                    "when { principal.role == \"night-shift\" && context.purpose == \"threat-to-life\" };";
    }
    const auto set = PolicySet::compile(sources);
    ASSERT_TRUE(set) << set.error().message;
    WhoCanQuestion question{.actions = actions_of("SearchFaces"),
                            .collection = gallery(),
                            .sector = "law-enforcement",
                            .now = std::chrono::sys_days(std::chrono::year(2026) / 6 / 15)};
    const WhoCanAnswer answer = who_can(**set, {}, question);
    ASSERT_EQ(answer.findings.size(), 1U);
    EXPECT_EQ(answer.findings[0].request.principal.role, "night-shift");
    EXPECT_TRUE(answer.findings[0].imagined);
    EXPECT_THAT(answer.findings[0].policies, testing::ElementsAre("side-door"));
}

TEST(WhoCan, NamesTheOperationsOfAGroup) {
    EXPECT_EQ(actions_of("identify").size(), 4U);
    EXPECT_THAT(actions_of("manage"), testing::IsSupersetOf({"DeleteFaces", "TagResource"}));
    EXPECT_THAT(actions_of("CompareFaces"), testing::ElementsAre("CompareFaces"));
    EXPECT_TRUE(actions_of("nothing").empty());
}

}  // namespace
}  // namespace visavis::policy
