#include "server/message.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/beast/core/string.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace visavis::server {
namespace http = boost::beast::http;
namespace {

std::string to_string(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

// RFC 9110 §5.6.7, e.g. `Tue, 24 Nov 2026 20:30:00 GMT`; the C locale's names are English.
std::string http_date(TimePoint now) {
    return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
}

bool is_name(std::string_view text) {
    // RFC 9110 §5.6.2: token.
    static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               kMarks.contains(c);
    });
}

bool is_value(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool set_by_server(std::string_view name) {
    static constexpr std::array<boost::beast::string_view, 6> kNames{
        "content-length", "transfer-encoding", "connection", "date", "x-amzn-requestid", "content-type"};
    return std::ranges::any_of(
        kNames, [&](auto own) { return boost::beast::iequals(own, {name.data(), name.size()}); });
}

}  // namespace

Request head_of(const http::request_header<>& parsed) {
    Request out;
    out.method = to_string(parsed.method_string());
    out.target = to_string(parsed.target());
    for (const auto& field : parsed)
        out.headers.push_back({to_string(field.name_string()), to_string(field.value())});
    return out;
}

bool clearly_framed(const http::request_header<>& parsed) {
    const auto [first, last] = parsed.equal_range(http::field::transfer_encoding);
    return std::all_of(first, last,
                       [](const auto& field) { return boost::beast::iequals(field.value(), "chunked"); }) &&
           std::distance(first, last) <= 1;
}

bool sendable(const Response& response) {
    return response.status >= 200 && response.status <= 599 && is_value(response.content_type) &&
           std::ranges::all_of(response.headers,
                               [](const Header& h) { return is_name(h.name) && is_value(h.value); });
}

WireResponse to_wire(Response response, const std::string& request_id, TimePoint now, unsigned version,
                     bool keep_alive, bool head_only) {
    WireResponse out;
    out.version(version);
    out.result(static_cast<unsigned>(response.status));
    out.set(http::field::date, http_date(now));
    if (!response.content_type.empty()) out.set(http::field::content_type, response.content_type);
    out.set("x-amzn-RequestId", request_id);
    for (const Header& header : response.headers)
        if (!set_by_server(header.name)) out.insert(header.name, header.value);
    out.keep_alive(keep_alive);
    out.content_length(response.body.size());
    if (!head_only) out.body() = std::move(response.body);
    return out;
}

}  // namespace visavis::server
