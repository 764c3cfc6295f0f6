#include "audit/compare_reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace visavis::audit {
namespace {

using testing::HasSubstr;

std::shared_ptr<const Composition> composition(const std::string& hash) {
    auto data = std::make_shared<Composition>();
    data->name = "set";
    data->hash = hash;
    data->labels = "nobody";
    data->people = 400;
    data->pictures = 800;
    data->groups = {{.group = "all", .people = 400, .pictures = 800, .no_face = 1, .undecoded = 0}};
    return data;
}

std::string report(std::uint64_t missed, std::uint64_t found, const std::string& hash = "h",
                   const std::string& threshold = "80") {
    const auto data = composition(hash);
    return to_json({.audit = "verification",
                    .title = "T",
                    .system = {.name = "s", .hash = std::string(64, 'a'), .curve = "c", .description = "d"},
                    .data = {data},
                    .sections = {{.id = "overall",
                                  .title = "O",
                                  .tables = {{.id = "t",
                                              .title = "t",
                                              .columns = {"Threshold", "Missed", "Found", "Shown"},
                                              .rows = {{threshold, Rate::of_trials(missed, 1000, data),
                                                        Rate::of_trials(found, 1000, data),
                                                        Rate::of_trials(1, 1000, data)}},
                                              .higher = {Higher::kSaysNothing, Higher::kIsWorse,
                                                         Higher::kIsBetter, Higher::kSaysNothing}}}}}});
}

TEST(CompareReports, SaysWhatIsBetterAndWorseAndWhatCannotBeTold) {
    const auto a = read_report(report(100, 900), "a");
    ASSERT_TRUE(a) << a.error().message;
    EXPECT_EQ(a->rates.size(), 2U);
    const auto fewer_missed = compare_reports(*a, *read_report(report(40, 902), "b"), false);
    ASSERT_TRUE(fewer_missed);
    EXPECT_EQ(fewer_missed->better, 1U);
    EXPECT_EQ(fewer_missed->worse, 0U);
    EXPECT_EQ(fewer_missed->equal, 1U);
    const auto fewer_found = compare_reports(*a, *read_report(report(100, 800), "b"), false);
    EXPECT_EQ(fewer_found->worse, 1U);
    EXPECT_EQ(compare_reports(*a, *a, false)->equal, 2U);
    EXPECT_THAT(to_html(fewer_missed->report), HasSubstr("−6.00 points"));
    EXPECT_EQ(to_json(fewer_missed->report), to_json(fewer_missed->report));
}

TEST(CompareReports, NamesWhatStandsInOneReportAlone) {
    const auto a = *read_report(report(100, 900), "a");
    EXPECT_EQ(compare_reports(a, a, false)->only_a, 0U);
    auto more = *read_report(report(100, 900, "h", "95"), "b");
    more.rates.insert(more.rates.end(), a.rates.begin(), a.rates.end());
    const auto one_sided = compare_reports(a, more, false);
    ASSERT_TRUE(one_sided);
    EXPECT_EQ(one_sided->equal, 2U);
    EXPECT_EQ(one_sided->only_a, 0U);
    EXPECT_EQ(one_sided->only_b, 2U);
    EXPECT_THAT(to_html(one_sided->report), HasSubstr("t: 95, Missed"));
    EXPECT_THAT(to_html(one_sided->report), HasSubstr("not in A"));
    EXPECT_EQ(compare_reports(more, a, false)->only_a, 2U);
    EXPECT_FALSE(compare_reports(a, *read_report(report(1, 1, "h", "95"), "b"), false))
        << "nothing in common";
}

TEST(CompareReports, RefusesOtherDataUnlessTold) {
    const auto a = *read_report(report(100, 900), "a");
    const auto b = *read_report(report(100, 900, "other"), "b");
    const auto refused = compare_reports(a, b, false);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("other"));
    EXPECT_TRUE(compare_reports(a, b, true));
    EXPECT_FALSE(read_report("{}", "a"));
    EXPECT_FALSE(read_report("no", "a"));
}

TEST(Difference, HasNewcombesInterval) {
    // Newcombe (1998), example (a), method 10: 56/70 and 48/80 differ by 0.2 (0.0524 to 0.3339).
    const Difference difference(Rate::of_trials(48, 80, composition("h")),
                                Rate::of_trials(56, 70, composition("h")));
    EXPECT_NEAR(difference.value(), 0.2, 1e-9);
    EXPECT_NEAR(difference.interval().low, 0.0524, 5e-5);
    EXPECT_NEAR(difference.interval().high, 0.3339, 5e-5);
    EXPECT_EQ(difference.sign(), 1);
    EXPECT_EQ(Difference(Rate::of_trials(1, 3, composition("h")), Rate::of_trials(1, 100, composition("h")))
                  .sentence(),
              "too few to say");
}

}  // namespace
}  // namespace visavis::audit
