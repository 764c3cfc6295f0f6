#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "server/test_certificate.h"
#include "server/test_support.h"

namespace visavis::server {
namespace {

using testing::HasSubstr;

class TlsClient final : public Client {
  public:
    explicit TlsClient(std::uint16_t port, int most = 0)
        : Client(port), context_(SSL_CTX_new(TLS_client_method())) {
        if (most != 0) {
            SSL_CTX_set_security_level(context_, 0);
            SSL_CTX_set_max_proto_version(context_, most);
        }
        ssl_ = SSL_new(context_);
        SSL_set_fd(ssl_, fd());
        static constexpr unsigned char kOffer[] = "\x02h2\x08http/1.1";
        SSL_set_alpn_protos(ssl_, kOffer, sizeof kOffer - 1);
        connected = SSL_connect(ssl_) == 1;
    }
    ~TlsClient() override {
        SSL_free(ssl_);
        SSL_CTX_free(context_);
    }
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    [[nodiscard]] int version() const { return SSL_version(ssl_); }
    [[nodiscard]] long serial() const {
        return ASN1_INTEGER_get(X509_get0_serialNumber(SSL_get0_peer_certificate(ssl_)));
    }
    [[nodiscard]] std::string protocol() const {
        const unsigned char* name = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(ssl_, &name, &size);
        return {reinterpret_cast<const char*>(name), size};
    }

    bool connected{false};

  protected:
    ssize_t write_some(std::string_view bytes) override {
        return SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
    }
    ssize_t read_some(char* to, std::size_t size) override {
        const int got = SSL_read(ssl_, to, static_cast<int>(size));
        if (got > 0) return got;
        return SSL_get_error(ssl_, got) == SSL_ERROR_ZERO_RETURN ? 0 : -1;  // 0: ended by close_notify
    }

  private:
    SSL_CTX* context_;
    SSL* ssl_{nullptr};
};

class Tls : public testing::Test {
  protected:
    Tls() {
        std::filesystem::create_directory(folder_);
        const TestCertificate files = make_test_certificate(folder_);
        options.tls_certificate = files.certificate;
        options.tls_key = files.key;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    const std::string folder_ = testing::TempDir() + "visavis-tls-" + std::to_string(getpid()) + "/";
    ServerOptions options = test_options();
};

TEST_F(Tls, ServesVersions12And13AndNothingOlder) {
    RunningServer running(options);
    TlsClient current(running.port());
    ASSERT_TRUE(current.connected);
    EXPECT_EQ(current.version(), TLS1_3_VERSION);
    EXPECT_EQ(current.protocol(), "http/1.1");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(current.ask("/echo", "over TLS").value().body, "over TLS");
    TlsClient older(running.port(), TLS1_2_VERSION);
    EXPECT_EQ(older.version(), TLS1_2_VERSION);
    EXPECT_EQ(older.ask("/echo", "over TLS").value().body, "over TLS");
    EXPECT_FALSE(TlsClient(running.port(), TLS1_1_VERSION).connected);
}

TEST_F(Tls, CarriesLargeBodiesBothWays) {
    RunningServer running(options);
    TlsClient client(running.port());
    std::string body(6'000'000, 'x');
    for (std::size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i / 1000 % 26);
    EXPECT_EQ(client.ask("/echo", body).value().body, body);
}

TEST_F(Tls, RefusesALargeBodySoThatTheAnswerArrives) {
    options.limits.body_bytes = 100'000;
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        RunningServer running(options);
        TlsClient client(running.port(), version);
        ASSERT_TRUE(client.send_request("/echo", std::string(8'000'000, 'x')));
        const auto answer = client.receive();
        ASSERT_TRUE(answer);
        EXPECT_THAT(answer->body, HasSubstr("body_too_large"));
        EXPECT_TRUE(client.ended()) << "by close_notify, not by a cut";
    }
}

TEST_F(Tls, DropsWhoSpeaksPlainlyOrSlowly) {
    options.limits.header_timeout = 100ms;
    RunningServer running(options);
    Client plain(running.port());
    ASSERT_TRUE(plain.send("GET / HTTP/1.1\r\n\r\n"));
    EXPECT_FALSE(plain.receive());
    Client slow(running.port());
    ASSERT_TRUE(slow.send("\x16\x03\x01"));
    EXPECT_TRUE(slow.ended());
    EXPECT_TRUE(eventually([&] { return value_of(running.metrics, "visavis_connections") == 0; }));
    EXPECT_EQ(running.handler.calls, 0);
}

TEST_F(Tls, ReadsARenewedCertificateAtHangUpAndKeepsTheOldIfItIsBroken) {
    std::atomic<int> hangups{0};
    options.on_hangup = [&] { ++hangups; };
    RunningServer running(options);
    TlsClient before(running.port());
    EXPECT_EQ(before.serial(), 1);
    make_test_certificate(folder_, 2);
    running.server().hang_up();
    ASSERT_TRUE(eventually([&] { return hangups == 1; }));
    EXPECT_EQ(TlsClient(running.port()).serial(), 2);
    EXPECT_EQ(before.ask("/").value().status, 200) << "a connection outlives the certificate it began with";

    std::filesystem::resize_file(options.tls_certificate, 10);
    running.server().hang_up();
    ASSERT_TRUE(eventually([&] { return hangups == 2; }));
    EXPECT_EQ(TlsClient(running.port()).serial(), 2);
    running.stop();
    EXPECT_THAT(running.log(), HasSubstr("\"event\":\"tls_kept\""));
}

TEST_F(Tls, FilesThatCannotBeUsedAreNamed) {
    TestHandler handler;
    Metrics metrics;
    options.tls_key = "/nowhere/key.pem";
    const auto absent = Server::create(options, handler, metrics);
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().code, ErrorCode::kInvalidParameter);
    EXPECT_THAT(absent.error().message, HasSubstr("`/nowhere/key.pem`"));
    const TestCertificate other = make_test_certificate(folder_ + "other-");
    options.tls_key = other.key;
    const auto foreign = Server::create(options, handler, metrics);
    ASSERT_FALSE(foreign);
    EXPECT_THAT(foreign.error().message, HasSubstr("key values mismatch"));
    options.tls_key.clear();
    EXPECT_THAT(Server::create(options, handler, metrics).error().message, HasSubstr("only one of them"));
}

}  // namespace
}  // namespace visavis::server
