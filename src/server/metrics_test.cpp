#include "server/metrics.h"

#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/process_metrics.h"

namespace visavis::server {
namespace {

using testing::HasSubstr;

TEST(Metrics, ShowFamiliesSortedWithHelpTypeAndLabels) {
    Metrics metrics;
    metrics.gauge("b_faces", "Stored faces.", {}, [] { return 7.0; });
    metrics
        .counter("a_requests_total", "Requests\nanswered.", {{"operation", "DetectFaces"}, {"outcome", "ok"}})
        .add(3);
    EXPECT_EQ(metrics.text(),
              "# HELP a_requests_total Requests\\nanswered.\n"
              "# TYPE a_requests_total counter\n"
              "a_requests_total{operation=\"DetectFaces\",outcome=\"ok\"} 3\n"
              "# HELP b_faces Stored faces.\n"
              "# TYPE b_faces gauge\n"
              "b_faces 7\n");
}

TEST(Metrics, HistogramBucketsCumulateAndIncludeTheirBound) {
    Metrics metrics;
    constexpr std::array kBounds{0.1, 1.0};
    Histogram& histogram = metrics.histogram("h_seconds", "h", {{"o", "x"}}, kBounds);
    for (const double value : {0.05, 0.1, 0.5, 7.0}) histogram.observe(value);
    EXPECT_THAT(metrics.text(), HasSubstr("h_seconds_bucket{o=\"x\",le=\"0.1\"} 2\n"
                                          "h_seconds_bucket{o=\"x\",le=\"1\"} 3\n"
                                          "h_seconds_bucket{o=\"x\",le=\"+Inf\"} 4\n"
                                          "h_seconds_sum{o=\"x\"} 7.65\n"
                                          "h_seconds_count{o=\"x\"} 4\n"));
}

TEST(Metrics, TheSameSeriesIsTheSameObject) {
    Metrics metrics;
    EXPECT_EQ(&metrics.counter("c_total", "c", {{"a", "1"}}), &metrics.counter("c_total", "c", {{"a", "1"}}));
    EXPECT_NE(&metrics.counter("c_total", "c", {{"a", "1"}}), &metrics.counter("c_total", "c", {{"a", "2"}}));
}

TEST(Metrics, LabelValuesAreEscaped) {
    Metrics metrics;
    metrics.gauge("g", "g", {{"a", "x\"y\\z\nw"}}).set(1.5);
    EXPECT_THAT(metrics.text(), HasSubstr("g{a=\"x\\\"y\\\\z\\nw\"} 1.5\n"));
}

TEST(Metrics, AFamilyStopsGrowing) {
    Metrics metrics;
    for (std::size_t i = 0; i < Metrics::kSeriesPerFamily + 50; ++i)
        metrics.counter("c_total", "c", {{"a", std::to_string(i)}}).add();
    const std::string text = metrics.text();
    EXPECT_THAT(text, HasSubstr("c_total{a=\"other\"} 50\n"));
    EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(text, '\n')), Metrics::kSeriesPerFamily + 1 + 2);
}

TEST(Metrics, CountFromManyThreads) {
    Metrics metrics;
    Histogram& histogram = metrics.histogram("h_seconds", "h");
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int n = 0; n < 1000; ++n) {
                    metrics.counter("c_total", "c", {{"n", std::to_string(n % 10)}}).add();
                    histogram.observe(1.0);
                    if (n % 100 == 0) {
                        EXPECT_FALSE(metrics.text().empty());
                    }
                }
            });
    }
    EXPECT_THAT(metrics.text(), HasSubstr("c_total{n=\"3\"} 400\n"));
    EXPECT_EQ(histogram.snapshot().sum, 4000.0);
}

TEST(MetricsDeathTest, OneNameHasOneType) {
    Metrics metrics;
    metrics.gauge("x", "x");
    EXPECT_DEATH(metrics.counter("x", "x"), "metric `x` is registered with two types");
}

TEST(ProcessMetrics, AreRead) {
    Metrics metrics;
    register_process_metrics(metrics);
    const std::string text = metrics.text();
    EXPECT_THAT(text, testing::Not(HasSubstr("NaN")));
    EXPECT_THAT(text, testing::ContainsRegex("process_resident_memory_bytes [1-9]"));
    EXPECT_THAT(text, testing::ContainsRegex("process_open_fds [1-9]"));
}

}  // namespace
}  // namespace visavis::server
