// What every request gets: headers, keep-alive, framing, labels, log, health and metrics.
#include "server/server.h"

#include <ctime>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/builtin.h"
#include "server/test_support.h"

namespace visavis::server {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

constexpr const char* kUuid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

TEST(Server, AnswersOnOneConnectionAgainAndAgain) {
    RunningServer running;
    Client client(running.port());
    std::string last;
    for (int i = 0; i < 3; ++i) {
        const auto answer = client.ask("/echo", "body " + std::to_string(i));
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->status, 200);
        EXPECT_EQ(answer->body, "body " + std::to_string(i));
        EXPECT_EQ(answer->header("Content-Type"), "application/x-amz-json-1.1");
        EXPECT_EQ(answer->header("X-Local"), "no");
        EXPECT_EQ(answer->header("X-Remote"), "127.0.0.1");
        const std::string id = answer->header("x-amzn-RequestId");
        EXPECT_THAT(id, MatchesRegex(kUuid));
        EXPECT_NE(id, last);
        last = id;
    }
}

TEST(Server, TellsTheDate) {
    RunningServer running;
    Client client(running.port());
    const std::string date = client.ask("/").value().header("Date");
    std::tm parsed{};
    ASSERT_NE(strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parsed), nullptr) << date;
    EXPECT_NEAR(static_cast<double>(timegm(&parsed)), static_cast<double>(std::time(nullptr)), 5);
}

TEST(Server, ClosesWhereTheClientAsksForIt) {
    RunningServer running;
    Client modern(running.port());
    EXPECT_EQ(modern.ask("/", "", "Connection: close\r\n").value().header("Connection"), "close");
    EXPECT_TRUE(modern.ended());
    Client old(running.port());
    ASSERT_TRUE(old.send("GET / HTTP/1.0\r\n\r\n"));
    EXPECT_EQ(old.receive().value().status, 200);
    EXPECT_TRUE(old.ended());
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
    RunningServer running;
    Client client(running.port());
    std::string all;
    for (const std::string_view body : {"one", "two", "three"})
        all +=
            fmt::format("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
    ASSERT_TRUE(client.send(all));
    EXPECT_EQ(client.receive().value().body, "one");
    EXPECT_EQ(client.receive().value().body, "two");
    EXPECT_EQ(client.receive().value().body, "three");
}

TEST(Server, ReadsChunkedBodies) {
    RunningServer running;
    Client client(running.port());
    ASSERT_TRUE(
        client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "4\r\nWiki\r\n6;name=value\r\npedia \r\n"));
    std::this_thread::sleep_for(20ms);
    ASSERT_TRUE(client.send("e\r\nin \r\n\r\nchunks.\r\n0\r\nTrailer: t\r\n\r\n"));
    EXPECT_EQ(client.receive().value().body, "Wikipedia in \r\n\r\nchunks.");
    const std::string large(300'000, 'x');
    ASSERT_TRUE(client.send(
        fmt::format("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
                    large.size(), large)));
    EXPECT_EQ(client.receive().value().body, large);
}

TEST(Server, SaysContinueBeforeItReadsTheBody) {
    RunningServer running;
    Client client(running.port());
    ASSERT_TRUE(
        client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"));
    EXPECT_EQ(client.receive().value().status, 100);
    EXPECT_EQ(running.handler.calls, 0);
    ASSERT_TRUE(client.send("12345"));
    EXPECT_EQ(client.receive().value().body, "12345");
}

TEST(Server, AnswersHeadWithoutABody) {
    RunningServer running;
    Client client(running.port());
    const auto head = client.ask("/health/live", "", "", "HEAD").value();
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("Content-Length"), "17");
    EXPECT_EQ(client.ask("/health/live", "", "", "GET").value().body, R"({"status":"live"})") << "in step";
}

TEST(Server, TellsWhetherItIsReady) {
    RunningServer running;
    Client client(running.port());
    EXPECT_EQ(client.ask("/health/ready", "", "", "GET").value().status, 200);
    running.handler.is_ready = false;
    EXPECT_EQ(client.ask("/health/ready", "", "", "GET").value().status, 503);
    EXPECT_EQ(client.ask("/health/live", "", "", "GET").value().status, 200);
    EXPECT_EQ(running.handler.calls, 0);
}

TEST(Server, KeepsAFailureToItself) {
    RunningServer running;
    Client client(running.port());
    const auto thrown = client.ask("/throw").value();
    EXPECT_EQ(thrown.status, 500);
    EXPECT_EQ(thrown.body, R"({"__type":"internal","message":"internal server error"})");
    const auto broken = client.ask("/broken").value();
    EXPECT_EQ(broken.status, 500);
    EXPECT_THAT(broken.head, Not(HasSubstr("X-Injected")));
    EXPECT_EQ(client.ask("/").value().status, 200) << "the connection goes on";
    running.stop();
    EXPECT_THAT(running.log(), HasSubstr("handler_failed"));
    EXPECT_THAT(running.log(), Not(HasSubstr("secret words")));
}

TEST(Server, LogsOneLineARequestAndNothingOfIt) {
    RunningServer running;
    std::string id;
    {
        Client client(running.port());
        id = client.ask("/echo?who=anna", "private body", "X-Secret: hidden\r\n")
                 .value()
                 .header("x-amzn-RequestId");
    }
    running.stop();
    EXPECT_THAT(running.log(),
                ContainsRegex(R"(\{"time":"[^"]+Z","id":")" + id +
                              R"(","operation":"Test","outcome":"ok","status":200,"ms":[0-9.]+,)"
                              R"("bytes_in":12,"bytes_out":12\})"));
    for (const std::string_view part : {"private", "hidden", "anna", "127.0.0.1\""})
        EXPECT_THAT(running.log(), Not(HasSubstr(part)));
}

TEST(Server, CountsWhatItDoes) {
    RunningServer running;
    Client client(running.port());
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(client.ask("/echo", "12345"));
    EXPECT_TRUE(client.ask("/throw"));
    // A worker hands its answer over before it counts itself idle again.
    EXPECT_TRUE(eventually([&] { return value_of(running.metrics, "visavis_requests_in_flight") == 0; }));
    const auto metrics = client.ask("/metrics", "", "", "GET").value();
    EXPECT_EQ(metrics.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    for (const std::string_view line :
         {"visavis_requests_total{operation=\"Test\",outcome=\"ok\"} 3\n",
          "visavis_requests_total{operation=\"Test\",outcome=\"internal\"} 1\n",
          "visavis_request_duration_seconds_count{operation=\"Test\"} 4\n",
          "visavis_handler_duration_seconds_count{operation=\"Test\"} 3\n",
          "visavis_queue_wait_seconds_count 4\n", "visavis_rejections_total{reason=\"internal\"} 1\n",
          "visavis_connections 1\n", "visavis_queue_depth 0\n", "visavis_queue_capacity 64\n",
          "visavis_workers 1\n", "visavis_request_bytes_total 15\n", "visavis_body_bytes_in_flight 0\n",
          "visavis_requests_in_flight 1\n", "visavis_connections_total 1\n"})
        EXPECT_THAT(metrics.body, HasSubstr(line));
    EXPECT_THAT(metrics.body, ContainsRegex("\nprocess_resident_memory_bytes [1-9]"));
}

TEST(Server, ShowsMetricsBeyondThisMachineOnlyWhenTold) {
    TestHandler handler;
    Metrics metrics;
    const Core closed(test_options(), handler, metrics);
    EXPECT_EQ(show_metrics(closed, false).status, 403);
    EXPECT_EQ(show_metrics(closed, true).status, 200);
    ServerOptions options = test_options();
    options.remote_metrics = true;
    const Core open(options, handler, metrics);
    EXPECT_EQ(show_metrics(open, false).status, 200);
}

}  // namespace
}  // namespace visavis::server
