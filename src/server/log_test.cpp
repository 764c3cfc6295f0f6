#include "server/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>

namespace visavis::server {
namespace {

constexpr TimePoint kTime{std::chrono::milliseconds(1'795'552'200'007)};

TEST(Log, ARequestIsOneLineOfJson) {
    EXPECT_EQ(json_line(RequestRecord{kTime, "id-1", "DetectFaces", "ok", 200, 12.34, 5, 6}),
              R"({"time":"2026-11-24T20:30:00.007Z","id":"id-1","operation":"DetectFaces","outcome":"ok",)"
              R"("status":200,"ms":12.3,"bytes_in":5,"bytes_out":6})");
}

TEST(Log, AnEventEscapesWhatItNames) {
    EXPECT_EQ(json_line(kTime, "listening", {{"address", "a\"b\\c\nd"}}),
              R"({"time":"2026-11-24T20:30:00.007Z","event":"listening","address":"a\"b\\c\u000ad"})");
}

TEST(Log, WritesEveryLineToStandardError) {
    testing::internal::CaptureStderr();
    Metrics metrics;
    {
        const auto log = make_log(metrics);
        log->info("{one}");
        log->info("two");
        EXPECT_THAT(metrics.text(), testing::HasSubstr("visavis_log_lines_lost_total 0\n"));
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "{one}\ntwo\n");
}

}  // namespace
}  // namespace visavis::server
