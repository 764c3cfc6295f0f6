#include "http_fetch.h"

#include <memory>

#include <curl/curl.h>
#include <fmt/format.h>

namespace visavis::app {
namespace {

constexpr std::size_t kMostBytes = 64UL * 1024 * 1024;

std::size_t append(const char* bytes, std::size_t size, std::size_t count, void* into) {
    auto& body = *static_cast<std::string*>(into);
    if (body.size() + size * count > kMostBytes) return 0;
    body.append(bytes, size * count);
    return size * count;
}

}  // namespace

Result<HttpAnswer> http_fetch(const std::string& url, const std::optional<std::string>& body,
                              std::chrono::seconds limit) {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), curl_easy_cleanup);
    CURL* curl = handle.get();
    if (curl == nullptr) return fail(ErrorCode::kInternal, "libcurl cannot be set up");
    HttpAnswer answer;
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(limit.count()));
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->data());
    }
    if (const CURLcode code = curl_easy_perform(curl); code != CURLE_OK)
        return fail(ErrorCode::kUnavailable,
                    fmt::format("`{}` did not answer: {}", url, curl_easy_strerror(code)));
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
    return answer;
}

}  // namespace visavis::app
