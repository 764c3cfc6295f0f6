// How the server ends.
#include <csignal>
#include <list>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/test_support.h"

namespace visavis::server {
namespace {

using testing::HasSubstr;

TEST(Stop, FinishesWhatIsInFlightAndClosesWhatIsIdle) {
    RunningServer running;
    Client idle(running.port());
    EXPECT_TRUE(idle.ask("/"));
    Client reading(running.port());
    ASSERT_TRUE(reading.send("POST /echo HTTP/1.1\r\nContent-Length: 4\r\n\r\nbo"));
    Client working(running.port());
    ASSERT_TRUE(working.send_request("/wait"));
    running.handler.wait_for(1);
    Client waiting(running.port());
    ASSERT_TRUE(waiting.send_request("/echo", "waited"));
    ASSERT_TRUE(eventually([&] { return value_of(running.metrics, "visavis_queue_depth") == 1; }));

    running.server().stop();
    EXPECT_TRUE(idle.ended());
    EXPECT_TRUE(eventually([&] {
        try {
            Client late(running.port());
            return false;
        } catch (const std::runtime_error&) {
            return true;
        }
    })) << "no new connections";
    ASSERT_TRUE(reading.send("dy"));
    running.handler.open_gate();
    for (auto* client : {&working, &waiting, &reading}) {
        const auto answer = client->receive();
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->status, 200);
        EXPECT_EQ(answer->header("Connection"), "close");
        EXPECT_TRUE(client->ended());
    }
    running.join();
    EXPECT_THAT(running.log(), HasSubstr("\"event\":\"stopped\""));
}

TEST(Stop, TellsThoseWhoseTurnNeverCame) {
    ServerOptions options = test_options();
    options.limits.drain_timeout = 100ms;
    options.workers = 1;
    RunningServer running(options);
    Client stuck(running.port());
    ASSERT_TRUE(stuck.send_request("/wait"));
    running.handler.wait_for(1);
    Client waiting(running.port());
    ASSERT_TRUE(waiting.send_request("/echo", "in vain"));
    ASSERT_TRUE(eventually([&] { return value_of(running.metrics, "visavis_queue_depth") == 1; }));
    running.server().stop();
    const auto told = waiting.receive();
    ASSERT_TRUE(told);
    EXPECT_EQ(told->status, 400);
    EXPECT_THAT(told->body, HasSubstr("\"stopping\""));
    EXPECT_FALSE(stuck.receive()) << "cut when the time is over";
    running.handler.open_gate();
    running.join();
    EXPECT_EQ(running.handler.calls, 1) << "an abandoned request is never begun";
    EXPECT_THAT(running.log(), HasSubstr("drain_timeout"));
    EXPECT_THAT(running.log(), HasSubstr("\"outcome\":\"stopping\""));
}

TEST(Stop, ComesBackAtOnceWithoutConnectionsAndBeforeRun) {
    TestHandler handler;
    Metrics metrics;
    auto server = Server::create(test_options(), handler, metrics);
    ASSERT_TRUE(server);
    (*server)->stop();
    (*server)->run();
    auto unused = Server::create(test_options(), handler, metrics);
    ASSERT_TRUE(unused);
    unused->reset();
    EXPECT_EQ(value_of(metrics, "visavis_connections"), 0) << "the registry outlives the server";
}

TEST(Stop, UnderFireLosesNoAnswer) {
    for (int round = 0; round < 5; ++round) {
        RunningServer running;
        std::atomic<int> answered{0};
        std::list<Client> clients;
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&answered, &client = clients.emplace_back(running.port())] {
                while (client.ask("/echo", "x")) ++answered;
            });
        ASSERT_TRUE(eventually([&] { return answered > 50; }));
        running.stop();
        threads.clear();
        // Every answered call was counted as one call, and nothing was called without being answered.
        EXPECT_EQ(running.handler.calls, answered);
    }
}

// The process that serves with signals; the test's own must not stop.
void serve_until_signal(const std::vector<int>& signals, bool stuck) {
    TestHandler handler;
    Metrics metrics;
    ServerOptions options = test_options();
    options.signals = true;
    std::atomic<int> hangups{0};
    options.on_hangup = [&] { ++hangups; };
    auto server = Server::create(options, handler, metrics);
    if (!server) std::_Exit(100);
    std::jthread sender([&] {
        Client client((*server)->ports().at(0));
        if (!client.ask("/")) std::_Exit(101);
        if (stuck) {
            client.send_request("/wait");
            handler.wait_for(1);
        }
        for (const int signal : signals) {
            kill(getpid(), signal);
            if (signal == SIGHUP && !eventually([&] { return hangups == 1; })) std::_Exit(102);
            // Two signals of one kind sent together would arrive as one.
            std::this_thread::sleep_for(100ms);
        }
        if (stuck) std::this_thread::sleep_for(20s);
    });
    (*server)->run();
    sender.join();
    std::_Exit(hangups);
}

class SignalsDeathTest : public testing::Test {
  protected:
    SignalsDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(SignalsDeathTest, TermAndIntStopGracefully) {
    EXPECT_EXIT(serve_until_signal({SIGTERM}, false), testing::ExitedWithCode(0), "");
    EXPECT_EXIT(serve_until_signal({SIGINT}, false), testing::ExitedWithCode(0), "");
}

TEST_F(SignalsDeathTest, HupCallsBackAndTheServerGoesOn) {
    EXPECT_EXIT(serve_until_signal({SIGHUP, SIGTERM}, false), testing::ExitedWithCode(1), "");
}

TEST_F(SignalsDeathTest, APipeThatNobodyReadsDoesNotEndIt) {
    EXPECT_EXIT(serve_until_signal({SIGPIPE, SIGTERM}, false), testing::ExitedWithCode(0), "");
}

TEST_F(SignalsDeathTest, ASecondOneEndsAtOnce) {
    EXPECT_EXIT(serve_until_signal({SIGTERM, SIGTERM}, true), testing::ExitedWithCode(128 + SIGTERM), "");
}

}  // namespace
}  // namespace visavis::server
