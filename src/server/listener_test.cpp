// Where the server listens, and where it refuses to.
#include "server/listener.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "server/test_support.h"

namespace visavis::server {
namespace {

using testing::HasSubstr;

Error refused(const ServerOptions& options) {
    TestHandler handler;
    Metrics metrics;
    const auto made = Server::create(options, handler, metrics);
    return made ? Error{ErrorCode::kInternal, "it listens"} : made.error();
}

ServerOptions listening_on(std::string address) {
    ServerOptions options = test_options();
    options.listen = {std::move(address)};
    return options;
}

TEST(Address, BeyondLoopbackNeedsTlsOrAProxy) {
    for (const std::string address : {"0.0.0.0:0", "[::]:0"}) {
        const Error error = refused(listening_on(address));
        EXPECT_EQ(error.code, ErrorCode::kInvalidParameter);
        EXPECT_THAT(error.message, HasSubstr("needs TLS (--tls-cert, --tls-key), or --tls-at-proxy"));
    }
    ServerOptions options = listening_on("0.0.0.0:0");
    options.tls_at_proxy = true;
    RunningServer running(options);
    Client client(running.port());
    EXPECT_EQ(client.ask("/").value().status, 200);
}

TEST(Address, ThatCannotBeReadIsNamed) {
    for (const std::string address : {"", "8080", "127.0.0.1", "127.0.0.1:", ":8080", "127.0.0.1:http",
                                      "::1:80", "127.0.0.1:65536", "127.0.0.1:-1", "256.0.0.1:80"}) {
        const Error error = refused(listening_on(address));
        EXPECT_EQ(error.code, ErrorCode::kInvalidParameter) << address << ": " << error.message;
        EXPECT_THAT(error.message, HasSubstr("`" + address + "`"));
    }
}

TEST(Address, TakenByAnotherServerIsNamed) {
    RunningServer running;
    const Error error = refused(listening_on("127.0.0.1:" + std::to_string(running.port())));
    EXPECT_EQ(error.code, ErrorCode::kUnavailable);
    EXPECT_THAT(error.message, HasSubstr("in use"));
}

TEST(Options, ThatMakeNoServerAreRefused) {
    ServerOptions options = test_options();
    options.listen.clear();
    EXPECT_THAT(refused(options).message, HasSubstr("nothing to listen on"));
    options = test_options();
    options.workers = 0;
    EXPECT_THAT(refused(options).message, HasSubstr("0 workers"));
}

class UnixSocket : public testing::Test {
  protected:
    UnixSocket() {
        std::filesystem::create_directories(directory_);
        options.unix_socket = path_;
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    const std::string directory_ = testing::TempDir() + "visavis-sockets-" + std::to_string(getpid());
    const std::string path_ = directory_ + "/visavis.sock";
    ServerOptions options = test_options();
};

TEST_F(UnixSocket, IsPrivateAndMarksItsRequestsLocal) {
    RunningServer running(options);
    struct stat status{};
    ASSERT_EQ(lstat(path_.c_str(), &status), 0);
    EXPECT_TRUE(S_ISSOCK(status.st_mode));
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    Client local(path_);
    const auto answer = local.ask("/echo", "here").value();
    EXPECT_EQ(answer.body, "here");
    EXPECT_EQ(answer.header("X-Local"), "yes");
    EXPECT_EQ(answer.header("X-Remote"), "");
    Client remote(running.port());
    EXPECT_EQ(remote.ask("/").value().header("X-Local"), "no");
    running.stop();
    EXPECT_FALSE(std::filesystem::exists(path_)) << "the file goes with the server";
}

TEST_F(UnixSocket, TakesLargerBodiesThanTcp) {
    options.limits.body_bytes = 100;
    options.limits.local_body_bytes = 200'000;
    RunningServer running(options);
    Client local(path_);
    EXPECT_EQ(local.ask("/echo", std::string(200'000, 'x')).value().status, 200);
    ASSERT_TRUE(local.send_request("/echo", std::string(200'001, 'x')));
    EXPECT_THAT(local.receive().value().body, HasSubstr("body_too_large"));
    Client remote(running.port());
    EXPECT_THAT(remote.ask("/echo", std::string(101, 'x')).value().body, HasSubstr("body_too_large"));
}

TEST_F(UnixSocket, HasSeatsOfItsOwn) {
    options.limits.connections = 1;
    options.limits.refused_connections = 0;
    RunningServer running(options);
    Client remote(running.port());
    EXPECT_TRUE(remote.ask("/"));
    Client local(path_);
    EXPECT_EQ(local.ask("/").value().status, 200) << "the operator gets in when TCP is full";
}

TEST_F(UnixSocket, AnswersNoOtherUser) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can become another user";
    RunningServer running(options);
    std::filesystem::permissions(directory_, std::filesystem::perms::all);
    std::filesystem::permissions(path_, std::filesystem::perms::all);
    const pid_t child = fork();
    if (child == 0) {
        // Only system calls: the threads of the parent are not here.
        if (setuid(65534) != 0) _exit(10);
        const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) _exit(11);
        static constexpr std::string_view kRequest = "GET / HTTP/1.1\r\n\r\n";
        ::send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL);
        char byte = 0;
        _exit(recv(fd, &byte, 1, 0) > 0 ? 12 : 0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 0);
    EXPECT_EQ(running.handler.calls, 0);
    running.stop();
    EXPECT_THAT(running.log(), HasSubstr("local_peer_refused"));
}

TEST_F(UnixSocket, ReplacesADeadOneAndNothingElse) {
    {
        boost::asio::io_context io;
        boost::asio::local::stream_protocol::acceptor dead(io, path_);
    }
    ASSERT_TRUE(std::filesystem::exists(path_)) << "left behind by a server that died";
    RunningServer running(options);
    options.listen.clear();
    const Error taken = refused(options);
    EXPECT_EQ(taken.code, ErrorCode::kUnavailable);
    EXPECT_THAT(taken.message, HasSubstr("another server listens"));
    EXPECT_EQ(Client(path_).ask("/").value().status, 200) << "the living server was not disturbed";

    options.unix_socket = directory_ + "/precious";
    std::ofstream(options.unix_socket) << "data";
    EXPECT_THAT(refused(options).message, HasSubstr("is no socket"));
    EXPECT_EQ(std::filesystem::file_size(options.unix_socket), 4U);
    options.unix_socket = directory_ + "/" + std::string(120, 'x');
    EXPECT_THAT(refused(options).message, HasSubstr("at most 107"));
}

}  // namespace
}  // namespace visavis::server
