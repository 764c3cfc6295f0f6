#include "audit/csv.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace visavis::audit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Csv : public testing::Test {
  protected:
    Result<CsvTable> read(const std::string& text) {
        std::ofstream(file_) << text;
        return CsvTable::read(file_);
    }
    void TearDown() override { std::filesystem::remove(file_); }
    std::string file_ = testing::TempDir() + "visavis-audit-table-" + std::to_string(::getpid()) + ".csv";
};

TEST_F(Csv, ReadsQuotesLineBreaksAndForeignLineEnds) {
    const auto table = read("\xEF\xBB\xBFname,group\r\n\"Smith, \"\"Jo\"\"\",a\r\n\r\n\"two\nlines\",\n");
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_THAT(table->columns, ElementsAre("name", "group"));
    ASSERT_EQ(table->rows.size(), 2U);
    EXPECT_THAT(table->rows[0], ElementsAre("Smith, \"Jo\"", "a"));
    EXPECT_THAT(table->rows[1], ElementsAre("two\nlines", ""));
    EXPECT_EQ(table->column("group"), 1U);
    EXPECT_FALSE(table->column("race"));
}

TEST_F(Csv, BrokenTablesAreRefusedWithTheLine) {
    EXPECT_THAT(read("a,b\n1\n").error().message, HasSubstr("line 2: 1 fields, expected 2"));
    EXPECT_THAT(read("a,b\n1,\"2\n").error().message, HasSubstr("quote stays open"));
    EXPECT_THAT(read("").error().message, HasSubstr("is empty"));
    EXPECT_THAT(read("a,a\n1,2\n").error().message, HasSubstr("comes twice"));
    EXPECT_EQ(CsvTable::read("/nowhere.csv").error().code, ErrorCode::kNotFound);
}

TEST_F(Csv, WhatIsWrittenIsReadBack) {
    for (const std::string text : {"plain", "a,b", "say \"so\"", "two\nlines"}) {
        const auto table = read("x\n" + csv_field(text) + "\n");
        ASSERT_TRUE(table);
        EXPECT_EQ(table->rows.at(0).at(0), text);
    }
}

}  // namespace
}  // namespace visavis::audit
