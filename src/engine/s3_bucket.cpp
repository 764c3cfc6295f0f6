#include "engine/s3_bucket.h"

#include <cctype>
#include <memory>
#include <mutex>
#include <ranges>
#include <string_view>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/limits.h"

namespace visavis::engine {
namespace {

constexpr long kConnectSeconds = 5;
// SHA-256 of an empty body: S3 wants it in the signature, and libcurl takes it from this header.
constexpr const char* kEmptyBody =
    "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

struct Free {
    void operator()(CURL* curl) const noexcept { curl_easy_cleanup(curl); }
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

struct Body {
    Bytes bytes;
    bool too_large{false};
};

std::size_t receive(const char* data, std::size_t size, std::size_t count, void* into) {
    auto& body = *static_cast<Body*>(into);
    const std::size_t length = size * count;
    if (body.bytes.size() + length > limits::kStoredImageBytes) {
        body.too_large = true;
        return 0;  // ends the transfer
    }
    body.bytes.insert(body.bytes.end(), data, data + length);
    return length;
}

/// AWS's own rule for keys in URLs, which the signature depends on.
std::string escaped(std::string_view text, bool keep_slash) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~';
        if (plain || (keep_slash && c == '/'))
            out.push_back(c);
        else
            out += fmt::format("%{:02X}", byte);
    }
    return out;
}

}  // namespace

std::string url_of(const ObjectPlace& place, const S3Object& object) {
    std::string endpoint = place.endpoint;
    while (endpoint.ends_with('/')) endpoint.pop_back();
    if (!place.path_style) {
        const auto host = endpoint.find("://") + 3;
        endpoint.insert(host, object.bucket + ".");
    } else {
        endpoint += "/" + escaped(object.bucket, false);
    }
    std::string url = endpoint + "/" + escaped(object.name, true);
    if (object.version) url += "?versionId=" + escaped(*object.version, false);
    return url;
}

Result<Bytes> fetch_from_s3(const ObjectPlace& place, const S3Object& object) {
    // A proxy that resolves them would read another bucket than the one that was configured.
    for (const auto part : std::views::split(std::string_view(object.name), '/'))
        if (const std::string_view name(part.begin(), part.end()); name == "." || name == "..")
            return no_object(
                fmt::format("There is no object `{}` in bucket `{}`.", object.name, object.bucket));
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    const std::unique_ptr<CURL, Free> handle(curl_easy_init());
    if (!handle) return fail(ErrorCode::kUnavailable, "libcurl gives no handle");
    CURL* curl = handle.get();
    Body body;
    const std::string url = url_of(place, object);
    const std::string provider = fmt::format("aws:amz:{}:s3", place.region);
    const std::string credentials = fmt::format("{}:{}", place.access_key_id, place.secret_access_key);
    const std::unique_ptr<curl_slist, Free> headers(curl_slist_append(nullptr, kEmptyBody));

    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(place.timeout.count()));
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(limits::kStoredImageBytes));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    if (!place.access_key_id.empty()) {
        curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, provider.c_str());
        curl_easy_setopt(curl, CURLOPT_USERPWD, credentials.c_str());
    }
    const CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (body.too_large || code == CURLE_FILESIZE_EXCEEDED)
        return fail(ErrorCode::kImageTooLarge,
                    fmt::format("Image size is too large. `{}` in bucket `{}` has more than {} bytes.",
                                object.name, object.bucket, limits::kStoredImageBytes));
    if (code != CURLE_OK)
        return no_object(fmt::format("The endpoint of bucket `{}` does not answer: {}.", object.bucket,
                                     curl_easy_strerror(code)));
    if (status != 200)
        return no_object(fmt::format("The endpoint of bucket `{}` answers {} for `{}`.", object.bucket,
                                     status, object.name));
    if (body.bytes.empty()) return no_object(fmt::format("Object `{}` is empty.", object.name));
    return std::move(body.bytes);
}

}  // namespace visavis::engine
