#include "audit/attributes.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace visavis::audit {
namespace {

struct Case {
    DataSet set;
    std::vector<AttributeLabels> labels;
    AttributeAnswers answers;
};

/// `count` pictures in each of four groups, all answered in the same way.
Case small_case(std::size_t count) {
    Case made;
    made.set.name = "made up";
    auto composition = std::make_shared<Composition>();
    composition->name = "made up";
    made.set.composition = composition;
    const std::vector<AttributeLabels> groups = {
        {.group = "A / F", .female = true, .band = "20-29", .age = 25},
        {.group = "A / M", .female = false, .band = "20-29", .age = 25},
        {.group = "B / F", .female = true, .band = "3-9", .age = 6.5},
        {.group = "B / M", .female = false, .band = "more than 70", .age = 75}};
    for (const AttributeLabels& group : groups)
        for (std::size_t i = 0; i < count; ++i) {
            made.set.pictures.push_back({.file = std::to_string(made.labels.size())});
            made.labels.push_back(group);
            AttributeAnswer answer;
            answer.said.gender = face::Gender{.female = true, .confidence = 97};
            answer.said.age = face::AgeRange{.low = 20, .high = 30};
            made.answers.emplace_back(std::move(answer));
        }
    return made;
}

const Section& section_of(const std::vector<Section>& sections, std::string_view id) {
    for (const Section& section : sections)
        if (section.id == id) return section;
    throw std::runtime_error("no section " + std::string(id));
}

const std::vector<Cell>& row_of(const Table& table, const std::string& name) {
    for (const auto& row : table.rows)
        if (std::get<std::string>(row.front()) == name) return row;
    throw std::runtime_error("no row " + name);
}

const Table& table_of(const Section& section, std::string_view title) {
    for (const Table& table : section.tables)
        if (table.title.starts_with(title)) return table;
    throw std::runtime_error("no table " + std::string(title));
}

const Rate& rate(const std::vector<Section>& sections, std::string_view id, std::string_view table,
                 const std::string& row, std::size_t column) {
    return std::get<Rate>(row_of(table_of(section_of(sections, id), table), row).at(column));
}

TEST(AttributeAudit, CountsAdultsByGroupWorstFirst) {
    Case made = small_case(40);
    for (std::size_t i = 0; i < 10; ++i) made.answers[i]->said.gender->female = false;  // women of A
    made.answers[0].reset();                                                            // no face
    const auto sections = attributes(made.set, made.labels, made.answers);

    const Rate& women = rate(sections, "gender", "By group", "A / F", 1);
    EXPECT_EQ(women.events(), 9U);
    EXPECT_EQ(women.trials(), 39U);
    const Table& groups = table_of(section_of(sections, "gender"), "By group");
    EXPECT_EQ(groups.rows.size(), 3U) << "children are counted by age only";
    EXPECT_EQ(std::get<std::string>(groups.rows.back().front()), "A / F") << "every man was called a woman";
    EXPECT_EQ(rate(sections, "gender", "By age band", "3-9", 1).events(), 0U);
    EXPECT_EQ(rate(sections, "gender", "By group and age", "A / F / 20-29", 1).events(), 9U);
    EXPECT_EQ(rate(sections, "gender", "By group and age", "B / F / 3-9", 1).trials(), 40U);
    EXPECT_EQ(rate(sections, "gender", "Label against", "Female", 2).events(), 9U);
    EXPECT_EQ(rate(sections, "calibration", "Gender", "90 to 100", 2).trials(), 119U);
    EXPECT_EQ(rate(sections, "failures", "By group", "A / F", 1).events(), 1U);
    EXPECT_EQ(rate(sections, "failures", "By group", "A / M", 1).events(), 0U);
}

TEST(AttributeAudit, SaysInWordsThatNobodyWasJudgedWrongly) {
    const auto gender_of = [](std::size_t faces_a_group, std::size_t wrong) {
        Case made = small_case(faces_a_group);
        for (std::size_t i = 0; i < made.labels.size(); ++i)
            made.answers[i]->said.gender->female = *made.labels[i].female != (i < wrong);
        return section_of(attributes(made.set, made.labels, made.answers), "gender");
    };
    EXPECT_EQ(gender_of(40, 0).sentences.at(1), "Nobody was judged wrongly in any group.");
    EXPECT_EQ(
        std::get<std::string>(table_of(gender_of(40, 0), "Beside what was published").rows.front().at(3)),
        "nobody judged wrongly");
    EXPECT_EQ(gender_of(12, 1).sentences.at(1), "No group has enough adults to say which is the worst.");
    EXPECT_THAT(gender_of(40, 1).sentences.at(1), testing::StartsWith("Worst group: A / F, 2.50 %"));
}

TEST(AttributeAudit, AgeIsOffByYearsAndCoveredOrNot) {
    const Case made = small_case(40);
    const auto sections = attributes(made.set, made.labels, made.answers);
    EXPECT_EQ(rate(sections, "age", "By age band", "20-29", 2).events(), 80U) << "25 lies within 20 to 30";
    EXPECT_EQ(rate(sections, "age", "By age band", "3-9", 2).events(), 0U);
    const Table& bands = table_of(section_of(sections, "age"), "By age band");
    EXPECT_EQ(std::get<std::string>(bands.rows.front().at(0)), "more than 70") << "worst first";
    EXPECT_EQ(std::get<std::string>(bands.rows.front().at(1)), "50.0 years (40 faces)");
    EXPECT_EQ(std::get<std::string>(bands.rows.front().at(3)), "10.0 years");
    const Table& confusion = table_of(section_of(sections, "age"), "Label against");
    EXPECT_EQ(confusion.columns, (std::vector<std::string>{"Label", "3-9", "20-29", "more than 70"}));
    EXPECT_EQ(std::get<std::string>(row_of(confusion, "more than 70").at(2)), "40");
    EXPECT_EQ(std::get<std::string>(row_of(confusion, "more than 70").at(3)), "0");
}

TEST(AttributeAudit, StatesHavePrecisionAndRecallOfBothAnswers) {
    Case made = small_case(25);
    for (std::size_t i = 0; i < 100; ++i) {
        made.labels[i] = {.smile = i < 50};
        made.answers[i]->said.smile = face::Judgement{.value = i < 40 || i >= 95, .confidence = 95};
    }
    made.labels[99].smile.reset();
    const auto sections = attributes(made.set, made.labels, made.answers);
    EXPECT_THROW(section_of(sections, "gender"), std::runtime_error) << "no label of gender";
    const auto& cells = row_of(section_of(sections, "states").tables.front(), "Smile");
    const auto counts = [&](std::size_t column) {
        const Rate& value = std::get<Rate>(cells.at(column));
        return std::pair(value.events(), value.trials());
    };
    EXPECT_EQ(counts(1), std::pair(85UL, 99UL));
    EXPECT_EQ(counts(2), std::pair(40UL, 44UL));
    EXPECT_EQ(counts(3), std::pair(40UL, 50UL));
    EXPECT_EQ(counts(4), std::pair(45UL, 55UL));
    EXPECT_EQ(counts(5), std::pair(45UL, 49UL));
    const CalibrationChart& chart = section_of(sections, "calibration").calibrations.front();
    ASSERT_EQ(chart.points.size(), 1U);
    EXPECT_NEAR(chart.points.front().first, 0.95, 1e-6);
    EXPECT_EQ(chart.points.front().second.events(), 85U);
}

TEST(AttributeAudit, PoseAndLandmarksAreDistances) {
    Case made = small_case(10);
    for (std::size_t i = 0; i < 40; ++i) {
        made.labels[i] = {.pose = face::Pose{.roll = 179, .yaw = i < 20 ? -10.0F : 10.0F, .pitch = 0}};
        made.answers[i]->said.pose = face::Pose{.roll = -179, .yaw = 0, .pitch = 3};
        made.answers[i]->off_detector = i < 20 ? 0.02 : 0.04;
    }
    const auto sections = attributes(made.set, made.labels, made.answers);
    const auto text = [&](std::string_view id, const std::string& row, std::size_t column) {
        return std::get<std::string>(row_of(section_of(sections, id).tables.front(), row).at(column));
    };
    EXPECT_EQ(text("pose", "Roll", 1), "2.0°") << "the short way round";
    EXPECT_EQ(text("pose", "Yaw", 1), "10.0°");
    EXPECT_EQ(text("pose", "Yaw", 5), "-10° to 10°");
    EXPECT_EQ(text("pose", "Pitch", 1), "3.0°");
    const Table& landmarks = section_of(sections, "landmarks").tables.front();
    EXPECT_EQ(std::get<std::string>(landmarks.rows[0].at(1)), "3.0 %");
    EXPECT_EQ(std::get<std::string>(landmarks.rows[1].at(1)), "too few to say");
}

class LabelFile : public testing::Test {
  protected:
    Result<std::vector<AttributeLabels>> read(const std::string& text,
                                              const std::vector<std::string>& reversed = {}) {
        std::ofstream(path_) << text;
        DataSet set;
        set.pictures = {{.file = "a.jpg"}, {.file = "b.jpg"}};
        return read_attribute_labels(path_, set, reversed);
    }
    void TearDown() override { std::filesystem::remove(path_); }
    std::string path_ = testing::TempDir() + "attribute_labels-" + std::to_string(::getpid()) + ".csv";
};

TEST_F(LabelFile, HoldsWhateverColumnsThereAre) {
    const auto labels =
        read("file,sex,race,age,smile,roll,yaw,pitch\nb.jpg,M,W,30-39,1,-3,7,0\na.jpg,Female,,0-2,,1,2,\n");
    ASSERT_TRUE(labels) << labels.error().message;
    const AttributeLabels& a = labels->at(0);
    EXPECT_EQ(a.group, "Female");
    EXPECT_EQ(a.female, true);
    EXPECT_EQ(a.age, 1.5);
    EXPECT_FALSE(a.smile || a.eyes_open || a.pose);
    const AttributeLabels& b = labels->at(1);
    EXPECT_EQ(b.group, "W / M");
    EXPECT_EQ(b.female, false);
    EXPECT_EQ(b.age, 35);
    EXPECT_EQ(b.smile, true);
    ASSERT_TRUE(b.pose);
    EXPECT_EQ(b.pose->yaw, 7);
    EXPECT_THAT(*attribute_group_columns(path_), testing::ElementsAre("race", "sex", "age"));
}

TEST_F(LabelFile, AnglesMayCountTheOtherWayRound) {
    const auto labels = read("file,roll,yaw,pitch\na.jpg,5,7,9\n", {"roll"});
    ASSERT_TRUE(labels) << labels.error().message;
    EXPECT_EQ(labels->at(0).pose->roll, -5);
    EXPECT_EQ(labels->at(0).pose->yaw, 7);
}

TEST_F(LabelFile, PlainAgesMakeNoGroups) {
    ASSERT_TRUE(read("file,sex,age\na.jpg,F,18.2\n"));
    EXPECT_THAT(*attribute_group_columns(path_), testing::ElementsAre("sex"));
}

TEST_F(LabelFile, NamesWhatItCannotRead) {
    using testing::AllOf;
    using testing::HasSubstr;
    EXPECT_THAT(read("file,age\na.jpg,20-29\nb.jpg,young\n").error().message,
                AllOf(HasSubstr("line 3"), HasSubstr("`young`")));
    EXPECT_THAT(read("file,gender\na.jpg,?\n").error().message, HasSubstr("`gender` is `?`"));
    EXPECT_THAT(read("file,smile\na.jpg,yes\n").error().message, HasSubstr("`smile` is `yes`"));
    EXPECT_THAT(read("file,roll,yaw,pitch\na.jpg,1,2,3x\n").error().message, HasSubstr("`pitch` is `3x`"));
    EXPECT_THAT(read("picture\na.jpg\n").error().message, HasSubstr("`file`"));
}

}  // namespace
}  // namespace visavis::audit
