#include "protocol/sigv4.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/limits.h"
#include "protocol/authorization.h"
#include "protocol/canonical_request.h"

namespace visavis::protocol {
namespace {

using std::chrono::seconds;
using Instant = std::chrono::sys_time<seconds>;

constexpr std::string_view kTerminator = "aws4_request";

std::unexpected<Exception> refuse(std::string_view type, std::string message) {
    return std::unexpected(Exception{.type = std::string(type), .message = std::move(message)});
}

std::unexpected<Exception> wrong_signature() {
    return refuse("InvalidSignatureException",
                  "The request signature we calculated does not match the signature you provided. Check your "
                  "AWS Secret Access Key and signing method. Consult the service documentation for details.");
}

/// `20190430T075732Z`.
std::string basic_format(Instant instant) {
    const std::time_t time = std::chrono::system_clock::to_time_t(instant);
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::optional<Instant> parse_time(std::string_view text) {
    // X-Amz-Date's own form, and what RFC 9110 lets `Date` be.
    for (const char* const form : {"%Y%m%dT%H%M%SZ", "%a, %d %b %Y %H:%M:%S GMT"}) {
        std::tm parts{};
        const std::string copy(text);
        const char* end = ::strptime(copy.c_str(), form, &parts);
        if (end == nullptr || *end != '\0') continue;
        const Instant instant{seconds(::timegm(&parts))};
        // strptime also reads 2019043T…; only the form that prints back equal is meant.
        if (form[1] == 'Y' && basic_format(instant) != text) continue;
        return instant;
    }
    return std::nullopt;
}

Sha256 signing_key(std::string_view secret, const Authorization& authorization) {
    const Sha256 date = hmac_sha256(as_bytes(fmt::format("AWS4{}", secret)), as_bytes(authorization.date));
    const Sha256 region = hmac_sha256(date, as_bytes(authorization.region));
    const Sha256 service = hmac_sha256(region, as_bytes(authorization.service));
    return hmac_sha256(service, as_bytes(authorization.terminator));
}

std::optional<Exception> check_scope(const Authorization& authorization,
                                     std::span<const std::string_view> services) {
    if (std::ranges::find(services, authorization.service) == services.end())
        return Exception{.type = "InvalidSignatureException",
                         .message = fmt::format("Credential should be scoped to correct service: '{}'.",
                                                services.front())};
    if (authorization.terminator != kTerminator)
        return Exception{.type = "InvalidSignatureException",
                         .message = fmt::format("Credential should be scoped with a valid terminator: '{}'.",
                                                kTerminator)};
    return std::nullopt;
}

std::optional<Exception> check_signed_headers(const server::Request& request,
                                              const Authorization& authorization) {
    const auto is_signed = [&](std::string_view name) {
        return std::ranges::find(authorization.signed_headers, name) != authorization.signed_headers.end();
    };
    std::vector<std::string_view> needed{"host"};
    for (const std::string_view name : {"x-amz-target", "x-amz-security-token"})
        if (request.header(name)) needed.push_back(name);
    needed.emplace_back(request.header("x-amz-date") ? "x-amz-date" : "date");
    for (const std::string_view name : needed)
        if (!is_signed(name))
            return Exception{.type = "InvalidSignatureException",
                             .message = fmt::format("'{}' must be a 'SignedHeader' in the AWS "
                                                    "Authorization.",
                                                    name == "host" ? "Host" : name)};
    return std::nullopt;
}

std::optional<Exception> check_clock(Instant made, Instant now) {
    const auto minutes = limits::kClockSkew.count();
    // JS v3 keys its retry with the server's clock on the words "Signature expired".
    if (made < now - limits::kClockSkew)
        return Exception{.type = "InvalidSignatureException",
                         .message = fmt::format("Signature expired: {} is now earlier than {} ({} - {} min.)",
                                                basic_format(made), basic_format(now - limits::kClockSkew),
                                                basic_format(now), minutes)};
    if (made > now + limits::kClockSkew)
        return Exception{
            .type = "InvalidSignatureException",
            .message = fmt::format("Signature not yet current: {} is still later than {} ({} + {} min.)",
                                   basic_format(made), basic_format(now + limits::kClockSkew),
                                   basic_format(now), minutes)};
    return std::nullopt;
}

}  // namespace

std::expected<Signer, Exception> authenticate(const server::Request& request,
                                              std::span<const std::string_view> services,
                                              const Credentials& credentials, TimePoint now) {
    const auto header = request.header("authorization");
    if (!header) return refuse("MissingAuthenticationTokenException", "Missing Authentication Token");
    const auto authorization = parse_authorization(*header);
    if (!authorization) return refuse("IncompleteSignatureException", authorization.error());

    const auto date = request.header("x-amz-date") ? request.header("x-amz-date") : request.header("date");
    if (!date)
        return refuse("IncompleteSignatureException",
                      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
    const auto made = parse_time(*date);
    if (!made)
        return refuse("IncompleteSignatureException",
                      "Date must be in ISO-8601 'basic format', e.g. 20260131T235959Z.");
    if (auto wrong = check_scope(*authorization, services)) return std::unexpected(std::move(*wrong));
    if (auto wrong = check_signed_headers(request, *authorization)) return std::unexpected(std::move(*wrong));
    const std::string made_text = basic_format(*made);
    if (authorization->date != std::string_view(made_text).substr(0, 8))
        return refuse("InvalidSignatureException",
                      fmt::format("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of "
                                  "date from HTTP: '{}' != '{}', from '{}'.",
                                  authorization->date.substr(0, 32), made_text.substr(0, 8), made_text));
    if (auto wrong = check_clock(*made, std::chrono::floor<seconds>(now)))
        return std::unexpected(std::move(*wrong));

    const Sha256 body = sha256(as_bytes(request.body));
    const std::string body_hash = to_hex(body);
    if (const auto claimed = request.header("x-amz-content-sha256"); claimed && *claimed != body_hash)
        return refuse("InvalidSignatureException",
                      "The value of 'x-amz-content-sha256' is not the SHA-256 of the request's body.");

    // An unknown key is worked through against a secret nobody has, so that its answer takes as long.
    auto credential =
        credentials.find(authorization->access_key_id,
                         request.header("x-amz-security-token").value_or(std::string_view{}), now);
    constexpr std::string_view kNobodysSecret = "0000000000000000000000000000000000000000";
    const std::string text =
        fmt::format("AWS4-HMAC-SHA256\n{}\n{}/{}/{}/{}\n{}", made_text, authorization->date,
                    authorization->region, authorization->service, authorization->terminator,
                    to_hex(sha256(as_bytes(canonical_request(request, *authorization, body_hash)))));
    const std::string expected = to_hex(hmac_sha256(
        signing_key(credential ? std::string_view(credential->secret) : kNobodysSecret, *authorization),
        as_bytes(text)));
    const bool matches = equal_in_constant_time(as_bytes(expected), as_bytes(authorization->signature));
    if (!credential)
        return refuse("UnrecognizedClientException",
                      "The security token included in the request is invalid.");
    if (!matches) return wrong_signature();
    if (credential->expired)
        return refuse("ExpiredTokenException", "The security token included in the request is expired");
    if (credential->pending)
        return refuse(
            "AccessDeniedException",
            fmt::format("The access key waits for the approval of `{}`; until then it opens nothing.",
                        credential->binding.approver));
    return Signer{.credential = std::move(*credential),
                  .access_key_id = authorization->access_key_id,
                  .region = authorization->region,
                  .service = authorization->service};
}

}  // namespace visavis::protocol
