#include "policy/profiles.h"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/case_table.h"
#include "policy/vocabulary.h"

namespace visavis::policy {

// NOLINTNEXTLINE(readability-identifier-naming,misc-use-anonymous-namespace): what GoogleTest looks for
static void PrintTo(const Profile& profile, std::ostream* out) {
    *out << profile.name;
}

namespace {

class ProfileTest : public testing::TestWithParam<Profile> {};

TEST_P(ProfileTest, SatisfiesItsTable) {
    const Profile& profile = GetParam();
    const auto set = PolicySet::compile(profile.sources);
    ASSERT_TRUE(set) << set.error().message;
    EXPECT_THAT((*set)->warnings(), testing::IsEmpty());
    const auto rows = parse_table(profile.cases, profile.name + "/cases.toml");
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_GE(rows->size(), 15U);
    for (const RowOutcome& outcome : run_table(**set, *rows))
        EXPECT_TRUE(outcome.passed) << outcome.name << ": " << outcome.difference;
}

TEST_P(ProfileTest, EachOfItsPoliciesDecidesSomeRow) {
    const Profile& profile = GetParam();
    const auto rows = parse_table(profile.cases, profile.name);
    ASSERT_TRUE(rows) << rows.error().message;
    const auto set = PolicySet::compile(profile.sources);
    ASSERT_TRUE(set) << set.error().message;
    for (const PolicyInfo& policy : (*set)->policies()) {
        if (policy.file == "floor") continue;
        EXPECT_TRUE(std::ranges::any_of(*rows,
                                        [&](const TableRow& row) {
                                            return std::ranges::find(row.policies, policy.id) !=
                                                   row.policies.end();
                                        }))
            << policy.id << " is not tested";
    }
}

std::string profile_name(const testing::TestParamInfo<Profile>& info) {
    std::string name = info.param.name;
    std::ranges::replace(name, '-', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Shipped, ProfileTest, testing::ValuesIn(profiles()), profile_name);

TEST(Profiles, AreSeven) {
    std::vector<std::string> names;
    for (const Profile& profile : profiles()) names.push_back(profile.name);
    EXPECT_THAT(names,
                testing::ElementsAre("amazon-2020-moratorium", "child-protection", "eu-ai-act",
                                     "ibm-2020-withdrawal", "illinois-bipa", "open-lab", "public-safety-99"));
    EXPECT_TRUE(find_profile(kDefaultProfile));
    EXPECT_EQ(find_profile("other").error().code, ErrorCode::kNotFound);
}

TEST(Floor, ListsTheBasesOfTheVocabulary) {
    for (const std::string_view basis : all_bases())
        EXPECT_THAT(std::string(floor_policy()), testing::HasSubstr(fmt::format("\"{}\"", basis)));
}

}  // namespace
}  // namespace visavis::policy
