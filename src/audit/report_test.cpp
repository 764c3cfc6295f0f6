#include "audit/report.h"

#include <filesystem>
#include <fstream>
#include <limits>
#include <type_traits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "audit/compare_reports.h"
#include "audit/det.h"
#include "audit/false_matches.h"
#include "audit/groups.h"
#include "audit/quality.h"
#include "audit/test_scale.h"
#include "audit/verification.h"

namespace visavis::audit {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// No figure without the composition of its data: there is no way to make one.
static_assert(!std::is_default_constructible_v<Rate>);
static_assert(!std::is_constructible_v<Rate, std::uint64_t, std::uint64_t>);

std::shared_ptr<const Composition> composition() {
    auto data = std::make_shared<Composition>();
    data->name = "set <one>";
    data->hash = "abc";
    data->labels = "nobody";
    data->people = 40;
    data->pictures = 80;
    data->groups = {{.group = "A & B", .people = 40, .pictures = 80, .no_face = 1, .undecoded = 0}};
    return data;
}

TEST(Rate, SaysCountsIntervalAndWhenItCannotSay) {
    EXPECT_EQ(Rate::of_trials(28, 535, composition()).sentence(),
              "5.23 % (28 of 535; 95 %: 3.65 % to 7.46 %)");
    EXPECT_EQ(Rate::of_trials(2, 14, composition()).sentence(), "too few to say (2 of 14)");
    EXPECT_EQ(Rate::of_trials(0, 0, composition()).sentence(), "not measured (nothing to count)");
    EXPECT_EQ(Rate::of_trials(0, 300, composition()).sentence(), "0 (0 of 300; 95 %: 0 to 1.00 %)");
    EXPECT_FALSE(Rate::of_trials(2, 14, composition()).value());
    EXPECT_THROW(Rate::of_trials(1, 100, nullptr), std::logic_error);
    EXPECT_EQ(in_words(2.5e-6), "1 in 400,000");
}

/// Four people of each of two groups and one of group `lone`; the first and the fifth look alike.
struct World {
    World() {
        set.groups = {"g0", "g1"};
        auto data = std::make_shared<Composition>();
        data->name = "world";
        set.composition = data;
        for (std::uint32_t person = 0; person < 8; ++person) {
            set.people.push_back("p" + std::to_string(person));
            for (int shot = 0; shot < 2; ++shot) {
                face::Template vector(16, 0.0F);
                vector[person == 4 ? 0 : person] = 1;
                vector[15] = shot == 0 ? 0.1F : -0.1F;
                records.push_back(std::make_unique<PictureRecord>());
                records.back()->picture = sha256(as_bytes(std::to_string(records.size())));
                records.back()->faces.push_back({.face = {}, .vector = vector});
                set.pictures.push_back({.file = "p" + std::to_string(person) + "-" + std::to_string(shot),
                                        .path = {},
                                        .photo = {},
                                        .person = person,
                                        .group = person / 4,
                                        .record = records.back().get(),
                                        .face = &records.back()->faces.front()});
            }
        }
    }
    DataSet set;
    std::vector<std::unique_ptr<PictureRecord>> records;
};

TEST(FalseMatches, FindsThePairListsItAndForgetsItOnceAPersonSaidSo) {
    const World world;
    const auto curve = straight_scale();
    const match::ScoreNormaliser none;
    PackComparer comparer(none, curve, 16, 2);
    const auto found = *false_matches(world.set, world.set, {}, comparer, {.thresholds = {80}});
    // Person 0 is taken for person 4 and the other way round; each has two pictures in the gallery.
    ASSERT_EQ(found.matches.size(), 4U);
    EXPECT_EQ(world.set.pictures[found.matches[0].probe].person % 4, 0U);
    EXPECT_THAT(found.sections.front().sentences.front(), HasSubstr("2 of 8 people"));
    const std::string suspects = suspects_csv(found.matches, world.set, world.set, {});
    EXPECT_THAT(suspects, HasSubstr("p0-0,p4-0,"));
    EXPECT_THAT(suspects, Not(HasSubstr("p0-0,p0-1")));

    const Verdicts verdicts = {{{"p0-0", "p4-0"}, {.same = true, .similarity = {}}},
                               {{"p0-0", "p4-1"}, {.same = true, .similarity = {}}},
                               {{"p4-0", "p0-0"}, {.same = false, .similarity = {}}},
                               {{"p1-0", "p2-0"}, {.same = false, .similarity = "12.50"}}};
    const auto again = *false_matches(world.set, world.set, verdicts, comparer, {.thresholds = {80}});
    EXPECT_THAT(again.sections.front().sentences.front(), HasSubstr("1 of 8 people"));
    EXPECT_THAT(again.sections.back().sentences.back(),
                HasSubstr("Of 4 verdicts given, 3 are on these pairs; 1"));
    const std::string kept = suspects_csv(again.matches, world.set, world.set, verdicts);
    EXPECT_THAT(kept, HasSubstr("p0-0,p4-0,"));
    EXPECT_THAT(kept, ContainsRegex("p4-0,p0-0,[0-9.]+,different\n"));
    EXPECT_THAT(kept, HasSubstr("p1-0,p2-0,12.50,different\n")) << "no match, but somebody looked at it";
    const std::string file = testing::TempDir() + "visavis-verdicts-" + std::to_string(::getpid()) + ".csv";
    std::ofstream(file) << kept;
    const auto read = read_verdicts(file);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(same_person(*read), same_person(verdicts));
    EXPECT_EQ(read->size(), verdicts.size());
    EXPECT_TRUE(may_replace_verdicts(file, verdicts));
    EXPECT_EQ(may_replace_verdicts(file, {}).error().code, ErrorCode::kInvalidParameter);
    EXPECT_THAT(may_replace_verdicts(file, {}).error().message,
                AllOf(HasSubstr(file), HasSubstr("--verdicts")));
    std::filesystem::remove(file);
    EXPECT_TRUE(may_replace_verdicts(file, {})) << "there is nothing to lose";
}

TEST(FalseMatches, CountsSeveralGroupsAsOne) {
    World world;
    world.set.groups = {"red / F", "blue / M"};
    const auto curve = straight_scale();
    const match::ScoreNormaliser none;
    PackComparer comparer(none, curve, 16, 2);
    const auto table_of = [&](const std::vector<std::string>& labels) {
        const std::vector<Together> together = {{.name = "some", .labels = labels}};
        const auto found = *false_matches(world.set, world.set, {}, comparer, {.thresholds = {80}}, together);
        const Section& section = found.sections[1];
        const auto table = std::ranges::find(section.tables, std::string("together-80"), &Table::id);
        EXPECT_NE(table, section.tables.end());
        EXPECT_THAT(section.sentences, Contains(HasSubstr("Share of some (")));
        return table->rows.at(0);
    };
    const auto expect = [](const Cell& cell, std::uint64_t events, std::uint64_t trials) {
        EXPECT_EQ(std::get<Rate>(cell).events(), events);
        EXPECT_EQ(std::get<Rate>(cell).trials(), trials);
    };
    // Persons 0 (red) and 4 (blue) are falsely matched, of four people each.
    const auto red = table_of({"red"});
    expect(red[1], 1, 4);
    expect(red[2], 1, 2);
    expect(red[3], 4, 8);
    const auto both = table_of({"red", "M"});
    expect(both[1], 2, 8);
    expect(both[2], 2, 2);
    const std::vector<Together> unknown = {{.name = "some", .labels = {"re"}}};
    const auto refused = check_labels(world.set, unknown);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, AllOf(HasSubstr("`re`"), HasSubstr("red / F")));
}

TEST(Det, TheTableHoldsWhatTheCurveShows) {
    // 1,000 strangers' scores 0.999, 0.998 … and 200 mated ones 0.005, 0.010 …
    std::vector<double> strangers;
    std::vector<double> mated;
    for (int i = 1; i <= 1000; ++i) strangers.push_back(1 - i / 1000.0);
    for (int i = 1; i <= 200; ++i) mated.push_back(i / 200.0);
    EXPECT_FALSE(score_at_rate(strangers, 1000, 1e-4)) << "a tenth of a pair";
    EXPECT_DOUBLE_EQ(*score_at_rate(strangers, 1000, 1e-2), 0.99);
    EXPECT_FALSE(score_at_rate(strangers, 1'000'000, 1e-2)) << "the scores end before";
    const Det det = det_of("all", strangers, 1000, mated, composition());
    for (const auto& [fmr, fnmr] : det.points) {
        const double cut = *score_at_rate(strangers, 1000, fmr + 1e-9);
        const auto below = std::ranges::count_if(mated, [&](double score) { return score < cut; });
        EXPECT_DOUBLE_EQ(fnmr, static_cast<double>(below) / 200);
    }
    EXPECT_GT(det.points.size(), 20U);
}

TEST(Verification, CountsMatedAndNonMatedPairs) {
    World world;
    world.set.pictures.back().face = nullptr;  // no face: the pair counts as not recognised
    const auto curve = straight_scale();
    const match::ScoreNormaliser none;
    PackComparer comparer(none, curve, 16, 2);
    const auto measured = *verification(world.set, comparer, {.thresholds = {80}, .resamples = 50});
    const auto& row = measured.sections.front().tables.front().rows.front();
    const Rate& fmr = std::get<Rate>(row[1]);
    EXPECT_EQ(fmr.events(), 1U);
    EXPECT_EQ(fmr.trials(), 28U);
    const Rate& fnmr = std::get<Rate>(row[2]);
    EXPECT_EQ(fnmr.events(), 1U);
    EXPECT_EQ(fnmr.trials(), 8U);
    const auto& groups = measured.sections[1].tables.front().rows;
    ASSERT_EQ(groups.size(), 3U);
    EXPECT_EQ(std::get<Rate>(groups[0][1]).events() + std::get<Rate>(groups[1][1]).events(), 0U);
    EXPECT_EQ(std::get<std::string>(groups[2][0]), "across groups");
    EXPECT_EQ(std::get<Rate>(groups[2][1]).events(), 1U);
    EXPECT_EQ(std::get<Rate>(groups[2][1]).trials(), 16U);
}

TEST(Verification, LeavesOutCopiesOfAPhotographUnderTwoNames) {
    World world;  // first pictures of people 0 and 4 reach the threshold; now they are one file
    world.records[8]->picture = world.records[0]->picture;
    const auto curve = straight_scale();
    const match::ScoreNormaliser none;
    PackComparer comparer(none, curve, 16, 2);
    const auto measured = *verification(world.set, comparer, {.thresholds = {80}, .resamples = 50});
    const Rate& fmr = std::get<Rate>(measured.sections.front().tables.front().rows.front()[1]);
    EXPECT_EQ(fmr.events(), 0U);
    EXPECT_EQ(fmr.trials(), 27U);
    EXPECT_EQ(std::get<Rate>(measured.sections[1].tables.front().rows.back()[1]).trials(), 15U);
    EXPECT_THAT(measured.sections.front().sentences.back(), HasSubstr("Left out: 1 pairs"));
}

TEST(Quality, OfTwoReportsCanBeCompared) {
    World world;
    compose(world.set);
    const auto made = [&] {
        return to_json({.audit = "quality",
                        .title = "Q",
                        .command = {},
                        .system = {.name = "p", .hash = "a", .curve = "b", .description = {}},
                        .data = {world.set.composition},
                        .sections = quality(world.set, judge_set(world.set), {.thresholds = {}}),
                        .methods = {},
                        .limits = {}});
    };
    const auto before = *read_report(made(), "before");
    for (LabelledPicture& picture : world.set.pictures) picture.face = nullptr;
    const auto after = read_report(made(), "after");
    for (const PlacedRate& rate : after->rates) {
        EXPECT_EQ(rate.rate.events(), rate.rate.trials());
        EXPECT_LT(rate.rate.interval().low, 1) << "that all were refused is not certain of others";
        EXPECT_EQ(rate.rate.interval().high, 1);
    }
    const auto compared = compare_reports(before, *after, false);
    ASSERT_TRUE(compared) << compared.error().message;
    EXPECT_EQ(compared->better + compared->worse + compared->equal, 8U) << "four filters, two groups";
}

TEST(Report, HowFarGroupsLieApartIsASentenceAndAMember) {
    const auto row = [](std::string group, std::uint64_t events, std::vector<double> resampled) {
        return GroupRate{.group = std::move(group),
                         .rate = Rate::of_trials(events, 1000, composition()),
                         .resampled = std::move(resampled)};
    };
    Section section;
    add_differential(section,
                     std::vector{row("a", 80, {0.06, 0.08, 0.1}), row("b", 40, {0.04, 0.04, 0.04}),
                                 row("c", 20, {0.02, 0.02, 0.01}), row("few", 9, {0.01, 0, 0})},
                     "false match rate", "80");
    ASSERT_EQ(section.differentials.size(), 1U);
    const Differential& found = section.differentials.front();
    EXPECT_EQ(found.worst + found.best, "ac");
    EXPECT_EQ(found.groups, 3U);
    EXPECT_DOUBLE_EQ(found.ratio, 4);
    EXPECT_DOUBLE_EQ(found.low, 3);
    EXPECT_DOUBLE_EQ(found.high, 10);
    EXPECT_NEAR(found.over_geometric_mean, 2, 1e-9);
    EXPECT_THAT(section.sentences.front(), HasSubstr("Worst over best 4.0 (95 %: 3.0 to 10.0)"));
    Report report{.sections = {section}};
    EXPECT_THAT(
        to_json(report),
        HasSubstr(R"("differentials":[{"what":"false match rate","threshold":"80","worst":"a","best":"c")"));
    report.sections.front().differentials.front().high = std::numeric_limits<double>::infinity();
    EXPECT_THAT(to_json(report), HasSubstr(R"("high":null)"));

    Section unsure;
    add_differential(unsure, std::vector{row("a", 80, {0.08}), row("few", 9, {0.01})}, "rate", "80");
    EXPECT_TRUE(unsure.differentials.empty());
    EXPECT_THAT(unsure.sentences.front(), HasSubstr("Too few events"));
}

TEST(Report, GivesTheSameBytesAndEscapesWhatItWasGiven) {
    const auto make = [] {
        return Report{
            .audit = "x",
            .title = "A <title>",
            .command = "visavis audit 'a&b'",
            .system = {.name = "pack", .hash = std::string(64, 'a'), .curve = "c", .description = "d"},
            .seed = 1,
            .resamples = 10,
            .data = {composition()},
            .sections = {{.id = "s",
                          .title = "S",
                          .sentences = {"one"},
                          .bars = {{.title = "bars",
                                    .axis = "rate",
                                    .bars = {{"A & B", Rate::of_trials(3, 100, composition())},
                                             {"few", Rate::of_trials(1, 3, composition())}}}},
                          .dets = {},
                          .tables = {{.title = "t",
                                      .columns = {"Group", "Rate"},
                                      .rows = {{std::string("A & B"),
                                                Rate::of_trials(3, 100, composition())}}}}}},
            .methods = {"m"},
            .limits = {"l"}};
    };
    const std::string html = to_html(make());
    EXPECT_EQ(html, to_html(make()));
    EXPECT_EQ(to_json(make()), to_json(make()));
    EXPECT_THAT(html, Not(HasSubstr("<title>A <title>")));
    EXPECT_THAT(html, HasSubstr("A &lt;title&gt;"));
    EXPECT_THAT(html, HasSubstr("set &lt;one&gt;"));
    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(html, HasSubstr("too few to say"));
    EXPECT_THAT(to_json(make()), HasSubstr(R"("events":3,"trials":100,"rate":3E-2)"));
    EXPECT_THAT(to_json(make()), HasSubstr(R"("few_events":true,"data":"abc")"));
}

}  // namespace
}  // namespace visavis::audit
