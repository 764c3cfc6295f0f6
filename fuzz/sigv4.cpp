// SigV4 with any head: lines of `Name: value`, an empty line, the body; the first line is `METHOD TARGET`. No
// input may be taken for signed: the fuzzer does not know the secret.
#include "protocol/sigv4.h"

#include <array>
#include <cstdlib>

#include "fuzz.h"

using namespace visavis;

namespace {

class OneKey final : public protocol::Credentials {
  public:
    [[nodiscard]] std::optional<protocol::Credential> find(std::string_view id, std::string_view /*token*/,
                                                           TimePoint /*now*/) const override {
        if (id != "AKIDEXAMPLE") return std::nullopt;
        return protocol::Credential{.secret = "a secret that no seed was signed with",
                                    .principal = "alice",
                                    .account = "123456789012",
                                    .binding = {},
                                    .expired = false};
    }
};

std::string_view cut_line(std::string_view& text) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

}  // namespace

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    std::vector<std::vector<std::uint8_t>> seeds;
    for (const std::string_view request :
         {"POST /\nHost: 127.0.0.1:8080\nContent-Type: application/x-amz-json-1.1\nX-Amz-Target: "
          "RekognitionService.DetectFaces\nX-Amz-Date: 20260131T235958Z\nAuthorization: AWS4-HMAC-SHA256 "
          "Credential=AKIDEXAMPLE/20260131/us-east-1/rekognition/aws4_request, "
          "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
          "Signature=8dac620fee1cac91bbf8a83fcfa8bfd15568a481daf0aeafed1b1a9a7e00c773\n\n{}",
          "GET /v1/receipts?to=9&from=1&from=0&flag\nHost: x\nDate: Sat, 31 Jan 2026 23:59:58 GMT\n"
          "X-Amz-Content-SHA256: 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\n"
          "X-Amz-Security-Token: t\nAuthorization: AWS4-HMAC-SHA256 "
          "Credential=OTHER/20260131/eu-west-1/rekognition/"
          "aws4_request,SignedHeaders=date;host;x-amz-security-token,"
          "Signature=00\n\n"})
        seeds.emplace_back(request.begin(), request.end());
    return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    server::Request request;
    const std::string_view first = cut_line(text);
    const auto space = std::min(first.find(' '), first.size());
    request.method = first.substr(0, space);
    request.target = first.substr(std::min(space + 1, first.size()));
    while (!text.empty()) {
        const std::string_view line = cut_line(text);
        if (line.empty()) break;
        const auto colon = std::min(line.find(':'), line.size());
        request.headers.push_back({.name = std::string(line.substr(0, colon)),
                                   .value = std::string(line.substr(std::min(colon + 2, line.size())))});
    }
    request.body = text;
    static constexpr std::array<std::string_view, 1> kServices{"rekognition"};
    const OneKey credentials;
    const auto signer = protocol::authenticate(request, kServices, credentials,
                                               TimePoint(std::chrono::seconds(1'769'903'998)));
    if (signer || signer.error().message.empty() || signer.error().message.size() > 1000) std::abort();
    return 0;
}
