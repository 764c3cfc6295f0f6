#include "audit/attributes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace visavis::audit {
namespace {

/// `count` pictures in each of four groups.
DataSet small_set(std::size_t count) {
    DataSet set;
    set.name = "made up";
    set.label_columns = {"race", "gender", "age"};
    set.groups = {"A / F / 20-29", "A / M / 20-29", "B / F / 3-9", "B / M / more than 70"};
    auto composition = std::make_shared<Composition>();
    composition->name = "made up";
    set.composition = composition;
    for (std::uint32_t g = 0; g < set.groups.size(); ++g)
        for (std::size_t i = 0; i < count; ++i) set.pictures.push_back({.group = g});
    return set;
}

const Rate* rate_of(const std::vector<Section>& sections, std::string_view id, std::size_t table,
                    const std::string& row) {
    for (const Section& section : sections)
        if (section.id == id)
            for (const auto& cells : section.tables.at(table).rows)
                if (std::get<std::string>(cells.front()) == row)
                    for (const Cell& cell : cells)
                        if (const auto* rate = std::get_if<Rate>(&cell)) return rate;
    return nullptr;
}

TEST(AttributeAudit, CountsAdultsByGroupWorstFirst) {
    const DataSet set = small_set(40);
    AttributeAnswers answers(set.pictures.size(),
                             AttributeAnswer{.female = true, .confidence = 97, .youngest = 20, .oldest = 30});
    for (std::size_t i = 0; i < 10; ++i) answers[i]->female = false;  // a quarter of the women of A
    answers[0].reset();                                               // no face: no answer
    const auto sections = attributes(set, answers);
    ASSERT_TRUE(sections) << sections.error().message;

    const Rate* women = rate_of(*sections, "gender", 0, "A / F");
    ASSERT_NE(women, nullptr);
    EXPECT_EQ(women->events(), 9U);
    EXPECT_EQ(women->trials(), 39U);
    const Table& groups = sections->front().tables.front();
    EXPECT_EQ(groups.rows.size(), 3U) << "children are counted by age only";
    EXPECT_EQ(std::get<std::string>(groups.rows.back().front()), "A / F") << "every man was called a woman";
    EXPECT_EQ(rate_of(*sections, "gender", 1, "3-9")->events(), 0U);
    EXPECT_EQ(rate_of(*sections, "calibration", 0, "95 to 99")->trials(), 119U);
    EXPECT_EQ(rate_of(*sections, "age", 0, "20-29")->events(), 79U) << "25 lies within 20 to 30";
    EXPECT_EQ(rate_of(*sections, "age", 0, "3-9")->events(), 0U);
}

TEST(AttributeAudit, NamesLabelsThatItCannotRead) {
    DataSet set = small_set(1);
    set.groups[2] = "B / F / young";
    EXPECT_THAT(attributes(set, AttributeAnswers(4)).error().message, testing::HasSubstr("B / F / young"));
    set.label_columns = {"race", "gender"};
    EXPECT_THAT(attributes(set, AttributeAnswers(4)).error().message, testing::HasSubstr("`age`"));
}

}  // namespace
}  // namespace visavis::audit
