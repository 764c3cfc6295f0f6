#include "rekognition_client.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <thread>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/random.h"

namespace visavis::app {
namespace {

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

constexpr std::size_t kMostAnswerBytes = 64UL * 1024 * 1024;
constexpr std::size_t kMostCredentialBytes = 1UL << 20U;
constexpr int kMostTries = 10;
constexpr std::chrono::milliseconds kFirstPause(200);
constexpr std::chrono::milliseconds kLongestPause(20'000);
constexpr long kSeconds = 120;

struct Credentials {
    std::string key;
    std::string secret;
    std::string token;
};

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return "";
    return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

/// The lines `name = value` of a profile of the shared credentials file.
std::map<std::string, std::string> profile_of(std::string_view text, const std::string& profile) {
    std::map<std::string, std::string> values;
    bool inside = false;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const std::string line = trimmed(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (line.starts_with('['))
            inside = line == "[" + profile + "]";
        else if (const auto equals = line.find('='); inside && equals != std::string::npos)
            values[trimmed(std::string_view(line).substr(0, equals))] =
                trimmed(std::string_view(line).substr(equals + 1));
    }
    return values;
}

Result<Credentials> credentials() {
    Credentials found{.key = variable("AWS_ACCESS_KEY_ID"),
                      .secret = variable("AWS_SECRET_ACCESS_KEY"),
                      .token = variable("AWS_SESSION_TOKEN")};
    if (!found.key.empty() && !found.secret.empty()) return found;
    std::string file = variable("AWS_SHARED_CREDENTIALS_FILE");
    if (file.empty()) file = variable("HOME") + "/.aws/credentials";
    std::string profile = variable("AWS_PROFILE");
    if (profile.empty()) profile = "default";
    if (const auto bytes = read_file(file, kMostCredentialBytes)) {
        auto values = profile_of(as_text(*bytes), profile);
        found = {.key = values["aws_access_key_id"],
                 .secret = values["aws_secret_access_key"],
                 .token = values["aws_session_token"]};
        if (!found.key.empty() && !found.secret.empty()) return found;
    }
    return fail(
        ErrorCode::kAccessDenied,
        fmt::format("no credentials: neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, nor profile "
                    "`{}` in `{}`",
                    profile, file));
}

std::size_t append(const char* bytes, std::size_t size, std::size_t count, void* into) {
    auto& body = *static_cast<std::string*>(into);
    if (body.size() + size * count > kMostAnswerBytes) return 0;
    body.append(bytes, size * count);
    return size * count;
}

bool worth_another_try(const ServiceError& error, long status) {
    constexpr std::array kTypes = {"ThrottlingException", "ProvisionedThroughputExceededException",
                                   "TooManyRequestsException", "RequestLimitExceeded"};
    return error.type.empty() || status >= 500 || std::ranges::find(kTypes, error.type) != kTypes.end();
}

/// Up to double the pause each time, drawn at random, so that many clients do not come back together.
void pause(int tries) {
    const auto longest = std::min(kLongestPause, kFirstPause * (1 << std::min(tries, 10)));
    const Bytes drawn = random_bytes(2);
    const int share = 256 * drawn[0] + drawn[1];
    std::this_thread::sleep_for(longest * (1 + share) / 65'536);
}

class Client final : public RekognitionClient {
  public:
    Client(std::string url, std::string host, std::string region, Credentials credentials)
        : url_(std::move(url)),
          host_(std::move(host)),
          region_(std::move(region)),
          credentials_(std::move(credentials)),
          curl_(curl_easy_init(), curl_easy_cleanup) {}

    std::expected<boost::json::object, ServiceError> call(const std::string& operation,
                                                          const boost::json::object& request) override {
        const std::string body = boost::json::serialize(request);
        for (int tries = 0;; ++tries) {
            long status = 0;
            auto answer = once(operation, body, status);
            if (answer || tries + 1 == kMostTries || !worth_another_try(answer.error(), status))
                return answer;
            pause(tries);
        }
    }

    [[nodiscard]] const std::string& region() const noexcept override { return region_; }

  private:
    std::expected<boost::json::object, ServiceError> once(const std::string& operation,
                                                          const std::string& body, long& status) {
        CURL* curl = curl_.get();
        curl_easy_reset(curl);  // the connection stays
        std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(nullptr, curl_slist_free_all);
        const auto add = [&](const std::string& line) {
            curl_slist* longer = curl_slist_append(headers.get(), line.c_str());
            if (longer != nullptr && !headers) headers.reset(longer);
        };
        add("Host: " + host_);  // with its port: libcurl signs the name alone otherwise
        add("Content-Type: application/x-amz-json-1.1");
        add("X-Amz-Target: RekognitionService." + operation);
        add("Expect:");
        if (!credentials_.token.empty()) add("X-Amz-Security-Token: " + credentials_.token);
        std::string answer;
        curl_easy_setopt(curl, CURLOPT_URL, url_.c_str());
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, ("aws:amz:" + region_ + ":rekognition").c_str());
        curl_easy_setopt(curl, CURLOPT_USERNAME, credentials_.key.c_str());
        curl_easy_setopt(curl, CURLOPT_PASSWORD, credentials_.secret.c_str());
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, kSeconds);
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        if (const CURLcode code = curl_easy_perform(curl); code != CURLE_OK)
            return std::unexpected(ServiceError{
                .type = {},
                .message = fmt::format("`{}` did not answer: {}", url_, curl_easy_strerror(code))});
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        boost::json::error_code problem;
        boost::json::value parsed = boost::json::parse(answer, problem);
        if (problem || !parsed.is_object())
            return std::unexpected(ServiceError{
                .type = {}, .message = fmt::format("`{}` answered {} without JSON", url_, status)});
        if (status == 200) return std::move(parsed.get_object());
        return std::unexpected(error_of(parsed.get_object(), status));
    }

    static ServiceError error_of(const boost::json::object& answer, long status) {
        const auto text = [&](const char* name) {
            const auto* value = answer.if_contains(name);
            return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
        };
        std::string type = text("__type");
        if (const auto hash = type.rfind('#'); hash != std::string::npos) type.erase(0, hash + 1);
        std::string message = text("Message");
        if (message.empty()) message = text("message");
        return {.type = type.empty() ? fmt::format("HTTP {}", status) : type, .message = message};
    }

    std::string url_;
    std::string host_;
    std::string region_;
    Credentials credentials_;
    Handle curl_;
};

/// `us-east-1` of `rekognition.us-east-1.amazonaws.com`.
std::string region_of(const std::string& host) {
    constexpr std::string_view kStart = "rekognition.";
    if (host.starts_with(kStart) && host.contains(".amazonaws.com"))
        return host.substr(kStart.size(), host.find(".amazonaws.com") - kStart.size());
    for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"})
        if (const std::string region = variable(name); !region.empty()) return region;
    return "us-east-1";
}

}  // namespace

Result<std::unique_ptr<RekognitionClient>> RekognitionClient::open(const std::string& url) {
    const auto scheme = url.find("://");
    if (scheme == std::string::npos || !(url.starts_with("http://") || url.starts_with("https://")))
        return fail(ErrorCode::kInvalidParameter, fmt::format("`{}` is no http:// or https:// URL", url));
    std::string host = url.substr(scheme + 3);
    host = host.substr(0, host.find('/'));
    auto found = credentials();
    if (!found) return std::unexpected(found.error());
    std::string region = region_of(host);
    return std::make_unique<Client>(url, host, std::move(region), std::move(*found));
}

}  // namespace visavis::app
