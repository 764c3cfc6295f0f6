#include "base/utc.h"

#include <gtest/gtest.h>

namespace visavis {
namespace {

using namespace std::chrono;

TEST(Utc, ReadsWhatItsFormPrintsAndNothingElse) {
    EXPECT_EQ(read_utc("2027-03-31", kDayForm), TimePoint(sys_days(year(2027) / 3 / 31)));
    EXPECT_EQ(read_utc("2028-02-29T23:59:58Z", kSecondForm),
              TimePoint(sys_days(year(2028) / 2 / 29) + hours(23) + minutes(59) + seconds(58)));
    for (const char* wrong : {"", "2027-3-31", "2027-02-29", "2027-13-01", "2027-03-31 ", " 2027-03-31",
                              "31.03.2027", "-027-03-31", "2027-03-31T00:00:00Z"})
        EXPECT_FALSE(read_utc(wrong, kDayForm)) << wrong;
    for (const char* wrong : {"2027-03-31", "2027-03-31T24:00:00Z", "2027-03-31T12:00:60Z",
                              "2027-03-31T12:00:00", "2027-03-31t12:00:00z"})
        EXPECT_FALSE(read_utc(wrong, kSecondForm)) << wrong;
}

}  // namespace
}  // namespace visavis
