#include "policy/collection_tags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace visavis::policy {
namespace {

using testing::HasSubstr;

bool accepted(const std::string& key, const std::string& value) {
    return check_policy_tags({{key, value}}).has_value();
}

TEST(CollectionTags, TheDayOnWhichThePurposeIsMetIsADay) {
    EXPECT_TRUE(accepted("visavis:purpose-met", "2027-03-31"));
    EXPECT_TRUE(accepted("visavis:purpose-met", "2028-02-29"));
    for (const char* wrong : {"", "2027-02-29", "2027-13-01", "2027-3-31", "31.03.2027", "2027-03-31T00:00",
                              "2027-03--1", "+027-03-31", "soon"})
        EXPECT_FALSE(accepted("visavis:purpose-met", wrong)) << wrong;
    EXPECT_EQ(collection_of_tags("c", {{"visavis:purpose-met", "1970-01-02"}}).purpose_met,
              TimePoint(std::chrono::days(1)));
    EXPECT_FALSE(collection_of_tags("c", {{"visavis:purpose-met", "soon"}}).purpose_met);
}

TEST(CollectionTags, NumbersAreWithinTheirBounds) {
    for (const char* right : {"1", "1095", "36500"})
        EXPECT_TRUE(accepted("visavis:retention-days", right)) << right;
    for (const char* wrong : {"", "0", "-1", "36501", "3 years", "1e3", " 7"})
        EXPECT_FALSE(accepted("visavis:retention-days", wrong)) << wrong;
    for (const char* right : {"0.001", "1e-6"}) EXPECT_TRUE(accepted("visavis:max-fpir", right)) << right;
    for (const char* wrong : {"", "0", "1", "-0.1", "0.1 ", "nan"})
        EXPECT_FALSE(accepted("visavis:max-fpir", wrong)) << wrong;
}

TEST(CollectionTags, AnUnknownOneIsRefusedAndNamesThoseThereAre) {
    const auto refused = check_policy_tags({{"visavis:retention-day", "7"}});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("visavis:purpose-met"));
    EXPECT_TRUE(check_policy_tags({{"retention-day", "whatever"}})) << "others' tags are theirs";
}

}  // namespace
}  // namespace visavis::policy
