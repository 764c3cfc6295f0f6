// Clients that are slow, lie, vanish, flood or come in crowds.
#include <list>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/test_support.h"

namespace visavis::server {
namespace {

using testing::HasSubstr;

std::string announce(std::size_t length, std::string_view headers = {}) {
    return fmt::format("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n{}\r\n", length, headers);
}

// A response with a body in the handler's words, after which the connection ends in order.
void expect_refusal(Client& client, std::string_view reason) {
    const auto answer = client.receive();
    ASSERT_TRUE(answer) << "no response before the connection ended";
    EXPECT_EQ(answer->status, 400);
    EXPECT_THAT(answer->body, HasSubstr(fmt::format("\"__type\":\"{}\"", reason)));
    EXPECT_EQ(answer->header("Connection"), "close");
    EXPECT_EQ(answer->header("Content-Type"), "application/x-amz-json-1.1");
    EXPECT_EQ(answer->header("x-amzn-RequestId").size(), 36U);
    EXPECT_TRUE(client.ended());
}

TEST(SlowClient, IsToldWhenItsHeadComesByteByByte) {
    ServerOptions options = test_options();
    options.limits.header_timeout = 200ms;
    RunningServer running(options);
    Client client(running.port());
    std::jthread trickle([&client](const std::stop_token& stop) {
        for (const char c : std::string(2000, 'x')) {
            if (stop.stop_requested() || !client.send({&c, 1})) return;
            std::this_thread::sleep_for(5ms);
        }
    });
    const auto answer = client.receive();
    trickle.request_stop();
    ASSERT_TRUE(answer);
    EXPECT_THAT(answer->body, HasSubstr("\"timeout\""));
    EXPECT_THAT(answer->body, HasSubstr("the request line and headers came too slowly"));
}

TEST(SlowClient, IsToldWhenItsBodyStops) {
    ServerOptions options = test_options();
    options.limits.body_timeout = 100ms;
    RunningServer running(options);
    Client client(running.port());
    ASSERT_TRUE(client.send(announce(100) + "half"));
    expect_refusal(client, "timeout");
    EXPECT_EQ(running.handler.calls, 0);
}

TEST(SlowClient, IsClosedWithoutAWordWhenItSaysNothing) {
    ServerOptions options = test_options();
    options.limits.header_timeout = 50ms;
    options.limits.idle_timeout = 100ms;
    RunningServer running(options);
    Client silent(running.port());
    EXPECT_TRUE(silent.ended());
    Client idle(running.port());
    EXPECT_TRUE(idle.ask("/"));
    EXPECT_TRUE(idle.ended());
    EXPECT_TRUE(eventually([&] { return value_of(running.metrics, "visavis_connections") == 0; }));
}

TEST(SlowClient, ThatDoesNotReadItsResponseIsCut) {
    ServerOptions options = test_options();
    options.limits.write_timeout = 100ms;
    RunningServer running(options);
    Client client(running.port());
    const std::string large(15UL * 1024 * 1024, 'x');
    ASSERT_TRUE(client.send(announce(large.size()) + large));
    EXPECT_TRUE(eventually([&] { return running.handler.calls == 1; }));
    EXPECT_TRUE(eventually([&] { return value_of(running.metrics, "visavis_connections") == 0; }));
}

TEST(HugeHead, IsRefused) {
    RunningServer running;
    Client lines(running.port());
    lines.send("GET / HTTP/1.1\r\nX-Long: " + std::string(17'000, 'x') + "\r\n\r\n");
    expect_refusal(lines, "header_too_large");
    Client target(running.port());
    target.send("GET /" + std::string(17'000, 'x') + " HTTP/1.1\r\n\r\n");
    expect_refusal(target, "header_too_large");
    Client many(running.port());
    std::string fields = "GET / HTTP/1.1\r\n";
    for (int i = 0; i < 3000; ++i) fields += "a: b\r\n";
    many.send(fields + "\r\n");
    expect_refusal(many, "header_too_large");
    EXPECT_EQ(running.handler.calls, 0);
}

TEST(HugeHead, IsTakenUpToTheLimit) {
    RunningServer running;
    Client client(running.port());
    const auto answer = client.ask("/", "", "X-Long: " + std::string(16'000, 'x') + "\r\n");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
}

TEST(HugeHead, WithoutAnEndIsCut) {
    ServerOptions options = test_options();
    options.limits.refused_body_bytes = 200'000;
    RunningServer running(options);
    Client client(running.port());
    ASSERT_TRUE(client.send("GET / HTTP/1.1\r\n"));
    const std::string line = "X-More: " + std::string(1000, 'x') + "\r\n";
    bool taken = true;
    for (int i = 0; i < 100'000 && taken; ++i) taken = client.send(line);
    EXPECT_FALSE(taken) << "100 MB of header were taken";
}

TEST(Truncated, BodyIsNotServed) {
    RunningServer running;
    Client client(running.port());
    ASSERT_TRUE(client.send(announce(100) + "only this"));
    client.finish_sending();
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    EXPECT_THAT(answer->body, HasSubstr("the body ended too early"));
    EXPECT_EQ(running.handler.calls, 0);
}

TEST(Truncated, ByAClientThatVanishesLeavesNothingBehind) {
    RunningServer running;
    for (int i = 0; i < 20; ++i) {
        Client client(running.port());
        ASSERT_TRUE(client.send(announce(1'000'000) + std::string(100'000, 'x')));
        const linger reset{1, 0};
        setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    EXPECT_TRUE(eventually([&] { return value_of(running.metrics, "visavis_connections_total") == 20; }));
    EXPECT_TRUE(eventually([&] { return value_of(running.metrics, "visavis_connections") == 0; }));
    EXPECT_EQ(value_of(running.metrics, "visavis_body_bytes_in_flight"), 0);
    EXPECT_EQ(running.handler.calls, 0);
    Client client(running.port());
    EXPECT_EQ(client.ask("/echo", "still here").value().body, "still here");
}

TEST(Lies, AboutTheLengthAreRefused) {
    RunningServer running;
    const std::string rest = "\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n";
    for (const std::string_view headers : {
             "Content-Length: 5\r\nContent-Length: 6",
             "Content-Length: -1",
             "Content-Length: 99999999999999999999999999",
             "Content-Length: 5, 6",
             "Content-Length: 0x10",
             "Content-Length: 5\r\nTransfer-Encoding: chunked",
             "Transfer-Encoding: chunked\r\nContent-Length: 5",
             "Transfer-Encoding: gzip",
             "Transfer-Encoding: gzip, chunked",
             "Transfer-Encoding: chunked, identity",
             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
             "Transfer-Encoding: xchunked",
         }) {
        Client client(running.port());
        ASSERT_TRUE(client.send(fmt::format("POST /echo HTTP/1.1\r\nHost: x\r\n{}{}", headers, rest)));
        SCOPED_TRACE(headers);
        expect_refusal(client, "malformed");
    }
    EXPECT_EQ(running.handler.calls, 0);
}

TEST(Lies, TooShortALengthEndsTheConnectionAtTheRest) {
    RunningServer running;
    Client client(running.port());
    ASSERT_TRUE(client.send(announce(4) + "bodyand more of it\r\n\r\n"));
    EXPECT_EQ(client.receive().value().body, "body");
    expect_refusal(client, "malformed");
    EXPECT_EQ(running.handler.calls, 1);
}

TEST(Lies, ThatAreNoHttpAreRefused) {
    RunningServer running;
    const std::string tls_hello("\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", 11);
    for (const std::string_view bytes :
         {std::string_view("NONSENSE\r\n\r\n"), std::string_view("GET / HTTP/2.0\r\n\r\n"),
          std::string_view("GET / HTTP/1.1\r\nno colon\r\n\r\n"),
          std::string_view("GET / HTTP/1.1\r\n: x\r\n\r\n"), std::string_view("G\0T / HTTP/1.1\r\n\r\n", 18),
          std::string_view(tls_hello)}) {
        Client client(running.port());
        ASSERT_TRUE(client.send(bytes));
        SCOPED_TRACE(bytes);
        expect_refusal(client, "malformed");
    }
}

TEST(Chunks, ThatCannotBeReadAreRefused) {
    RunningServer running;
    for (const std::string_view chunks :
         {"zz\r\nabc", "-1\r\nabc", "3\r\nabcdef\r\n", "fffffffffffffffff\r\nabc",
          "3\r\nabc\r\n0\r\nTrailer without end\r\n\r\n"}) {
        Client client(running.port());
        ASSERT_TRUE(
            client.send(fmt::format("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{}", chunks)));
        SCOPED_TRACE(chunks);
        expect_refusal(client, "malformed");
    }
    EXPECT_EQ(running.handler.calls, 0);
}

TEST(Chunks, WithEndlessExtensionsOrTrailersAreCut) {
    RunningServer running;
    const std::string head = "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    Client extension(running.port());
    extension.send(head + "3;" + std::string(200'000, 'x'));
    expect_refusal(extension, "header_too_large");
    Client trailer(running.port());
    trailer.send(head + "0\r\nA: " + std::string(200'000, 'x'));
    expect_refusal(trailer, "header_too_large");
}

ServerOptions small_bodies() {
    ServerOptions options = test_options();
    options.limits.body_bytes = 100'000;
    return options;
}

TEST(LargeBody, IsRefusedEarlyAndDrainedSoThatTheAnswerArrives) {
    RunningServer running(small_bodies());
    Client client(running.port());
    // Like boto3: everything is sent before anything is read.
    const std::string body(8'000'000, 'x');
    ASSERT_TRUE(client.send(announce(body.size())));
    ASSERT_TRUE(client.send(body)) << "the connection was reset while the body was on its way";
    expect_refusal(client, "body_too_large");
    EXPECT_EQ(running.handler.calls, 0);
    EXPECT_EQ(value_of(running.metrics, "visavis_request_bytes_total"), 0);
}

TEST(LargeBody, IsTakenUpToTheLimitToTheByte) {
    RunningServer running(small_bodies());
    Client client(running.port());
    EXPECT_EQ(client.ask("/echo", std::string(100'000, 'x')).value().status, 200);
    ASSERT_TRUE(client.send_request("/echo", std::string(100'001, 'x')));
    expect_refusal(client, "body_too_large");
}

TEST(LargeBody, InChunksIsNoticedWhenItPassesTheLimit) {
    RunningServer running(small_bodies());
    const auto chunked = [](std::size_t size) {
        return fmt::format("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
                           size, std::string(size, 'x'));
    };
    Client client(running.port());
    ASSERT_TRUE(client.send(chunked(100'000)));
    EXPECT_EQ(client.receive().value().status, 200);
    ASSERT_TRUE(client.send(chunked(100'001)));
    expect_refusal(client, "body_too_large");
    EXPECT_EQ(running.handler.calls, 1);
}

TEST(LargeBody, IsNotAskedForWithContinue) {
    RunningServer running(small_bodies());
    Client client(running.port());
    ASSERT_TRUE(client.send(announce(8'000'000, "Expect: 100-continue\r\n")));
    expect_refusal(client, "body_too_large");
}

TEST(LargeBody, ThatNeverEndsIsCut) {
    ServerOptions options = small_bodies();
    options.limits.refused_body_bytes = 1'000'000;
    RunningServer running(options);
    Client client(running.port());
    ASSERT_TRUE(client.send(announce(1'000'000'000)));
    const std::string part(100'000, 'x');
    bool taken = true;
    for (int i = 0; i < 10'000 && taken; ++i) taken = client.send(part);
    EXPECT_FALSE(taken) << "1 GB was taken";
}

TEST(Crowd, OfTwoHundredIsServed) {
    ServerOptions options = test_options();
    options.limits.queued = 200;
    RunningServer running(options);
    std::list<Client> clients;
    for (int i = 0; i < 200; ++i) clients.emplace_back(running.port());
    for (int round = 0; round < 3; ++round) {
        int n = 0;
        for (Client& client : clients) ASSERT_TRUE(client.send_request("/echo", std::to_string(n++)));
        n = 0;
        for (Client& client : clients) {
            const auto answer = client.receive();
            ASSERT_TRUE(answer);
            EXPECT_EQ(answer->body, std::to_string(n++));
        }
    }
    EXPECT_EQ(running.handler.calls, 600);
    EXPECT_EQ(value_of(running.metrics, "visavis_connections"), 200);
}

TEST(Crowd, BeyondTheLimitIsToldAndThenClosed) {
    ServerOptions options = test_options();
    options.limits.connections = 3;
    options.limits.refused_connections = 1;
    options.limits.linger_timeout = 5s;
    RunningServer running(options);
    std::list<Client> clients;
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(clients.emplace_back(running.port()).ask("/"));
    Client surplus(running.port());
    EXPECT_TRUE(eventually([&] { return value_of(running.metrics, "visavis_connections") == 4; }));
    Client beyond(running.port());
    EXPECT_TRUE(beyond.ended());
    EXPECT_EQ(value_of(running.metrics, "visavis_connections_cut_total"), 1);
    ASSERT_TRUE(surplus.send_request("/"));
    expect_refusal(surplus, "connections_full");
    surplus.close();
    clients.clear();
    EXPECT_TRUE(eventually([&] { return value_of(running.metrics, "visavis_connections") == 0; }));
    Client again(running.port());
    EXPECT_EQ(again.ask("/").value().status, 200);
}

TEST(Overload, IsToldAtOnceWhileHealthAndQuickReadsGoOn) {
    ServerOptions options = test_options();
    options.limits.queued = 1;
    RunningServer running(options);
    Client working(running.port());
    Client waiting(running.port());
    ASSERT_TRUE(working.send_request("/wait"));
    running.handler.wait_for(1);
    ASSERT_TRUE(waiting.send_request("/echo", "waits"));
    ASSERT_TRUE(eventually([&] { return value_of(running.metrics, "visavis_queue_depth") == 1; }));

    Client refused(running.port());
    for (int i = 0; i < 2; ++i) {
        const auto answer = refused.ask("/echo", "small").value();
        EXPECT_EQ(answer.status, 400);
        EXPECT_THAT(answer.body, HasSubstr("queue_full"));
        EXPECT_EQ(answer.header("Connection"), "") << "a small refused request keeps its connection";
    }
    ASSERT_TRUE(refused.send(announce(5'000'000, "Expect: 100-continue\r\n")));
    expect_refusal(refused, "queue_full");

    Client quick(running.port());
    EXPECT_EQ(quick.ask("/quick", "", "", "GET").value().status, 200);
    EXPECT_EQ(quick.ask("/health/live", "", "", "GET").value().status, 200);
    EXPECT_EQ(quick.ask("/health/ready", "", "", "GET").value().status, 200);
    const auto metrics = quick.ask("/metrics", "", "", "GET").value();
    EXPECT_THAT(metrics.body, HasSubstr("visavis_queue_depth 1\n"));
    EXPECT_THAT(metrics.body, HasSubstr("visavis_rejections_total{reason=\"queue_full\"} 3\n"));

    running.handler.open_gate();
    EXPECT_EQ(working.receive().value().status, 200);
    EXPECT_EQ(waiting.receive().value().body, "waits");
}

TEST(Overload, OfBodyBytesIsRefusedAndGoesAway) {
    ServerOptions options = test_options();
    options.limits.body_bytes_in_flight = 300'000;
    RunningServer running(options);
    Client first(running.port());
    ASSERT_TRUE(first.send(announce(250'000) + std::string(249'999, 'x')));
    ASSERT_TRUE(
        eventually([&] { return value_of(running.metrics, "visavis_body_bytes_in_flight") == 250'000; }));

    Client early(running.port());
    ASSERT_TRUE(early.send_request("/echo", std::string(60'000, 'x')));
    expect_refusal(early, "budget_full");
    Client chunked(running.port());
    ASSERT_TRUE(chunked.send("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n"));
    expect_refusal(chunked, "budget_full");
    Client small(running.port());
    EXPECT_EQ(small.ask("/echo", "fits").value().body, "fits");

    ASSERT_TRUE(first.send("x"));
    EXPECT_EQ(first.receive().value().body.size(), 250'000U);
    EXPECT_EQ(value_of(running.metrics, "visavis_body_bytes_in_flight"), 0);
    Client after(running.port());
    EXPECT_EQ(after.ask("/echo", std::string(60'000, 'x')).value().status, 200);
}

TEST(Overload, ByAnnouncementsAloneLocksNobodyOut) {
    ServerOptions options = test_options();
    options.limits.body_bytes_in_flight = 1'000'000;
    RunningServer running(options);
    std::list<Client> liars;
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(liars.emplace_back(running.port()).send(announce(900'000)));
    ASSERT_TRUE(eventually([&] { return value_of(running.metrics, "visavis_connections") == 20; }));
    Client honest(running.port());
    EXPECT_EQ(honest.ask("/echo", std::string(100'000, 'x')).value().status, 200);
}

}  // namespace
}  // namespace visavis::server
