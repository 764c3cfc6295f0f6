// Every vector was signed by botocore (tests/vectors/make_sigv4_vectors.py).
#include "protocol/sigv4.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <limits>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace visavis::protocol {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

constexpr std::array<std::string_view, 2> kServices{"rekognition", "sts"};
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr std::string_view kToken = "FwoGZXIvYXdzEXAMPLE//token==";
const TimePoint kTime{seconds(1'769'903'998)};  // 2026-01-31T23:59:58Z

/// One key, and one session with a token under the same id.
class Known final : public Credentials {
  public:
    [[nodiscard]] std::optional<Credential> find(std::string_view id, std::string_view token,
                                                 TimePoint /*now*/) const override {
        if (id != "AKIDEXAMPLE" || (!token.empty() && token != kToken)) return std::nullopt;
        return Credential{.secret = std::string(kSecret),
                          .principal = token.empty() ? "alice" : "session",
                          .account = "123456789012",
                          .binding = {},
                          .expired = expired,
                          .pending = pending};
    }
    bool expired{false};
    bool pending{false};
};

class SigV4 : public testing::Test {
  protected:
    static const boost::json::array& vectors() {
        static const boost::json::value document = [] {
            const auto text = read_file(VISAVIS_SOURCE_DIR "/tests/vectors/sigv4.json", 1'000'000);
            EXPECT_TRUE(text);
            return boost::json::parse(as_text(*text));
        }();
        return document.at("vectors").as_array();
    }

    static server::Request request_of(const boost::json::value& vector) {
        server::Request request;
        request.method = std::string(vector.at("method").as_string());
        request.target = std::string(vector.at("target").as_string());
        request.body = std::string(vector.at("body").as_string());
        for (const auto& header : vector.at("headers").as_array())
            request.headers.push_back({.name = std::string(header.at(0).as_string()),
                                       .value = std::string(header.at(1).as_string())});
        return request;
    }

    static server::Request first() { return request_of(vectors().at(0)); }

    static server::Header* find(server::Request& request, std::string_view name) {
        for (server::Header& header : request.headers)
            if (header.name == name) return &header;
        return nullptr;
    }

    static void replace(server::Request& request, const std::string& from, const std::string& to) {
        std::string& value = find(request, "Authorization")->value;
        const auto at = value.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        value.replace(at, from.size(), to);
    }

    [[nodiscard]] auto answer(const server::Request& request, TimePoint now = kTime) const {
        return authenticate(request, kServices, known_, now);
    }

    void expect_refused(const server::Request& request, std::string_view type, std::string_view message,
                        TimePoint now = kTime) const {
        const auto signer = answer(request, now);
        ASSERT_FALSE(signer);
        EXPECT_EQ(signer.error().type, type);
        EXPECT_EQ(signer.error().message, message);
        EXPECT_EQ(signer.error().status, 400);
    }

    static constexpr std::string_view kWrong =
        "The request signature we calculated does not match the signature you provided. Check your AWS "
        "Secret "
        "Access Key and signing method. Consult the service documentation for details.";
    Known known_;
};

TEST_F(SigV4, AcceptsWhatBotocoreSigned) {
    ASSERT_GE(vectors().size(), 13U);
    for (const auto& vector : vectors()) {
        const auto signer = answer(request_of(vector));
        ASSERT_TRUE(signer) << vector.at("name") << ": " << signer.error().message;
        EXPECT_EQ(signer->region, std::string_view(vector.at("region").as_string()));
        EXPECT_EQ(signer->service, std::string_view(vector.at("service").as_string()));
        EXPECT_EQ(signer->access_key_id, "AKIDEXAMPLE");
        EXPECT_EQ(signer->credential.principal,
                  vector.at("name").as_string() == "a session token" ? "session" : "alice");
    }
}

TEST_F(SigV4, AnyChangeOfWhatIsSignedBreaksIt) {
    for (const auto& vector : vectors()) {
        server::Request request = request_of(vector);
        request.body += ' ';
        EXPECT_FALSE(answer(request)) << vector.at("name");
        request = request_of(vector);
        request.method = request.method == "POST" ? "GET" : "POST";
        EXPECT_FALSE(answer(request)) << vector.at("name");
        request = request_of(vector);
        request.target = "/other";
        EXPECT_FALSE(answer(request)) << vector.at("name");
        for (std::size_t i = 0; i < request.headers.size(); ++i) {
            request = request_of(vector);
            request.headers[i].value += 'x';
            EXPECT_FALSE(answer(request)) << vector.at("name") << ": " << request.headers[i].name;
        }
    }
    server::Request changed = first();
    find(changed, "X-Amz-Target")->value = "RekognitionService.CompareFaces";
    expect_refused(changed, "InvalidSignatureException", kWrong);
    server::Request doubled = first();
    doubled.headers.push_back({.name = "x-amz-target", .value = "RekognitionService.CompareFaces"});
    expect_refused(doubled, "InvalidSignatureException", kWrong);
}

TEST_F(SigV4, HeaderNamesHaveNoCaseAndOtherHeadersDoNotMatter) {
    server::Request request = first();
    for (server::Header& header : request.headers)
        for (char& c : header.name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    request.headers.push_back({.name = "Via", .value = "1.1 proxy"});
    EXPECT_TRUE(answer(request));
}

TEST_F(SigV4, MissingAndBrokenHeadersSayWhatIsMissing) {
    server::Request request = first();
    std::erase_if(request.headers, [](const auto& header) { return header.name == "Authorization"; });
    expect_refused(request, "MissingAuthenticationTokenException", "Missing Authentication Token");

    const auto with = [](const std::string& authorization) {
        server::Request changed = first();
        find(changed, "Authorization")->value = authorization;
        return changed;
    };
    const std::string_view incomplete = "IncompleteSignatureException";
    for (const auto* other : {"", "Bearer abc", "AWS4-HMAC-SHA256X Credential=a", "AWS AKID:x"})
        expect_refused(with(other), incomplete, "Authorization must begin with 'AWS4-HMAC-SHA256'.");
    expect_refused(with("AWS4-HMAC-SHA256"), incomplete,
                   "Authorization header requires 'Credential' parameter. Authorization header requires "
                   "'SignedHeaders' parameter. Authorization header requires 'Signature' parameter.");
    expect_refused(with("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host"), incomplete,
                   "Authorization header requires 'Signature' parameter.");
    expect_refused(with("AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=00"), incomplete,
                   "Credential must have exactly 5 slash-delimited elements, e.g. "
                   "keyid/date/region/service/term.");
    expect_refused(with("AWS4-HMAC-SHA256 Credential=a/b/c/d/, SignedHeaders=host, Signature=00"), incomplete,
                   "Credential must have exactly 5 slash-delimited elements, e.g. "
                   "keyid/date/region/service/term.");
    expect_refused(with("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=Host, Signature=00"),
                   incomplete, "'SignedHeaders' must be lower-case header names, separated by ';'.");
    expect_refused(with("AWS4-HMAC-SHA256 Signature=1, Signature=2"), incomplete,
                   "Authorization header has the parameter 'Signature' twice.");

    request = first();
    std::erase_if(request.headers, [](const auto& header) { return header.name == "X-Amz-Date"; });
    expect_refused(request, incomplete,
                   "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
    for (const auto* date :
         {"now", "2026-01-31T23:59:58Z", "20260131T235958", "20261331T235958Z", "2026131T235958Z"}) {
        request = first();
        find(request, "X-Amz-Date")->value = date;
        expect_refused(request, incomplete,
                       "Date must be in ISO-8601 'basic format', e.g. 20260131T235959Z.");
    }
}

TEST_F(SigV4, TheScopeMustBeOurs) {
    server::Request request = first();
    replace(request, "/rekognition/", "/s3/");
    expect_refused(request, "InvalidSignatureException",
                   "Credential should be scoped to correct service: 'rekognition'.");
    request = first();
    replace(request, "aws4_request", "aws5_request");
    expect_refused(request, "InvalidSignatureException",
                   "Credential should be scoped with a valid terminator: 'aws4_request'.");
    request = first();
    replace(request, "20260131", "20260130");
    expect_refused(
        request, "InvalidSignatureException",
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        "'20260130' != '20260131', from '20260131T235958Z'.");
    request = first();
    replace(request, "us-east-1", "eu-west-1");
    expect_refused(request, "InvalidSignatureException", kWrong);
}

TEST_F(SigV4, HostDateTargetAndTokenMustBeSigned) {
    for (const auto* const name : {"host;", ";x-amz-target", ";x-amz-date"}) {
        server::Request request = first();
        replace(request, name, "");
        std::string shown(name);
        std::erase(shown, ';');
        if (shown == "host") shown = "Host";
        expect_refused(request, "InvalidSignatureException",
                       "'" + shown + "' must be a 'SignedHeader' in the AWS Authorization.");
    }
    server::Request request = first();
    request.headers.push_back({.name = "X-Amz-Security-Token", .value = std::string(kToken)});
    expect_refused(request, "InvalidSignatureException",
                   "'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization.");
}

TEST_F(SigV4, TheClockMayBeFiveMinutesOff) {
    EXPECT_TRUE(answer(first(), kTime + minutes(5)));
    EXPECT_TRUE(answer(first(), kTime - minutes(5)));
    expect_refused(first(), "InvalidSignatureException",
                   "Signature expired: 20260131T235958Z is now earlier than 20260131T235959Z "
                   "(20260201T000459Z - 5 min.)",
                   kTime + minutes(5) + seconds(1));
    expect_refused(first(), "InvalidSignatureException",
                   "Signature not yet current: 20260131T235958Z is still later than 20260131T235957Z "
                   "(20260131T235457Z + 5 min.)",
                   kTime - minutes(5) - seconds(1));
}

TEST_F(SigV4, UnknownKeysWrongTokensAndExpiry) {
    server::Request request = first();
    replace(request, "AKIDEXAMPLE", "AKIDOTHER");
    expect_refused(request, "UnrecognizedClientException",
                   "The security token included in the request is invalid.");
    for (const auto& vector : vectors()) {
        if (vector.at("name").as_string() != "a session token") continue;
        request = request_of(vector);
        find(request, "X-Amz-Security-Token")->value += "x";
        expect_refused(request, "UnrecognizedClientException",
                       "The security token included in the request is invalid.");
    }
    known_.expired = true;
    expect_refused(first(), "ExpiredTokenException", "The security token included in the request is expired");
    request = first();
    request.body = "[]";  // whoever does not know the secret does not learn of the expiry
    expect_refused(request, "InvalidSignatureException", kWrong);
}

TEST_F(SigV4, AKeyThatWaitsForItsApprovalSaysSoToWhoeverHoldsItsSecret) {
    known_.pending = true;
    expect_refused(first(), "AccessDeniedException",
                   "The access key waits for the approval of ``; until then it opens nothing.");
    server::Request guessed = first();
    std::string& value = find(guessed, "Authorization")->value;
    value.back() = value.back() == '0' ? '1' : '0';
    expect_refused(guessed, "InvalidSignatureException", kWrong);
}

/// CPU time of `count` refusals, in nanoseconds.
template <typename Refuse>
std::int64_t cost_of(const Refuse& refuse, int count) {
    timespec before{};
    timespec after{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    for (int i = 0; i < count; ++i) refuse();
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    return (after.tv_sec - before.tv_sec) * 1'000'000'000 + after.tv_nsec - before.tv_nsec;
}

// Whether a key exists shows neither in the answer's words before the signature is right nor in its time: an
// unknown key is worked through to the end against a secret that nobody has. The least of many alternating
// measurements is compared, and a difference must show in every one of ten rounds: chance cannot fail it, a
// short cut would.
TEST_F(SigV4, AnUnknownKeyCostsAsMuchAsAWrongSignature) {
    server::Request wrong = first();
    std::string& value = find(wrong, "Authorization")->value;
    value.back() = value.back() == '0' ? '1' : '0';
    server::Request unknown = first();
    replace(unknown, "AKIDEXAMPLE", "AKIDUNKNOWN");
    ASSERT_EQ(answer(wrong).error().type, "InvalidSignatureException");
    ASSERT_EQ(answer(unknown).error().type, "UnrecognizedClientException");

    double ratio = 0;
    for (int round = 0; round < 10; ++round) {
        std::int64_t least_wrong = std::numeric_limits<std::int64_t>::max();
        std::int64_t least_unknown = least_wrong;
        for (int i = 0; i < 40; ++i) {
            least_wrong = std::min(least_wrong, cost_of([&] { (void)answer(wrong); }, 50));
            least_unknown = std::min(least_unknown, cost_of([&] { (void)answer(unknown); }, 50));
        }
        ratio = static_cast<double>(least_unknown) / static_cast<double>(least_wrong);
        if (ratio > 0.9 && ratio < 1.1) return;
    }
    FAIL() << "an unknown key takes " << ratio << " times as long as a known one";
}

TEST_F(SigV4, TheHashInTheHeaderMustBeTheBodys) {
    for (const auto& vector : vectors()) {
        if (vector.at("name").as_string() != "the body's hash in a header") continue;
        server::Request request = request_of(vector);
        request.body = "[]";
        expect_refused(request, "InvalidSignatureException",
                       "The value of 'x-amz-content-sha256' is not the SHA-256 of the request's body.");
        find(request, "X-Amz-Content-SHA256")->value = "UNSIGNED-PAYLOAD";
        EXPECT_FALSE(answer(request));
    }
}

TEST_F(SigV4, NoMessageHoldsTheSignature) {
    const server::Request good = first();
    const std::string_view authorization = *good.header("Authorization");
    const std::string signature(authorization.substr(authorization.size() - 64));
    server::Request request = first();
    request.body = "[]";
    EXPECT_THAT(answer(request).error().message, Not(HasSubstr(signature)));
}

TEST_F(SigV4, LongLivedKeysTakeNoSessionToken) {
    const std::string file = testing::TempDir() + "/visavis-credentials-test";
    (void)std::remove(file.c_str());
    auto keys = keys::AccessKeys::open(file, keys::SealKey::generate());
    ASSERT_TRUE(keys);
    const auto key = (*keys)->create({.principal = "alice",
                                      .account = "123456789012",
                                      .expires = kTime + minutes(1),
                                      .binding = {.purpose = "access"}},
                                     kTime);
    const AccessKeyCredentials credentials(**keys);
    const auto found = credentials.find(key->id, "", kTime);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->binding.purpose, "access");
    EXPECT_FALSE(found->expired);
    EXPECT_TRUE(credentials.find(key->id, "", kTime + minutes(1))->expired);
    EXPECT_FALSE(credentials.find(key->id, "token", kTime));
    EXPECT_FALSE(credentials.find("AKIAAAAAAAAAAAAAAAAA", "", kTime));
    ASSERT_TRUE((*keys)->revoke(key->id, kTime));
    EXPECT_FALSE(credentials.find(key->id, "", kTime));
    (void)std::remove(file.c_str());
}

}  // namespace
}  // namespace visavis::protocol
