#include "protocol/canonical_request.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace visavis::protocol {
namespace {

bool same_name(std::string_view a, std::string_view lower) noexcept {
    return std::ranges::equal(a, lower, [](char x, char y) {
        return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
    });
}

/// Without surrounding and repeated white space.
std::string collapsed(std::string_view value) {
    std::string text;
    bool gap = false;
    for (const char c : value) {
        if (c == ' ' || c == '\t') {
            gap = true;
            continue;
        }
        if (gap && !text.empty()) text += ' ';
        gap = false;
        text += c;
    }
    return text;
}

/// RFC 3986 unreserved characters and the slash stay; everything else is percent-encoded.
std::string encoded(std::string_view path) {
    std::string text;
    for (const char c : path) {
        const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          std::string_view("-._~/").contains(c);
        if (kept)
            text += c;
        else
            text += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
    return text;
}

/// Without `.`, `..` and empty segments.
std::string normalised(std::string_view path) {
    std::vector<std::string_view> kept;
    std::string_view rest = path;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('/'), rest.size());
        const std::string_view segment = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (segment == "..") {
            if (!kept.empty()) kept.pop_back();
        } else if (!segment.empty() && segment != ".") {
            kept.push_back(segment);
        }
    }
    std::string text = fmt::format("/{}", fmt::join(kept, "/"));
    if (path.ends_with('/') && !kept.empty()) text += '/';
    return text;
}

std::string canonical_query(std::string_view query) {
    std::vector<std::pair<std::string_view, std::string_view>> pairs;
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const std::string_view part = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        const auto equals = std::min(part.find('='), part.size());
        pairs.emplace_back(part.substr(0, equals), part.substr(std::min(equals + 1, part.size())));
    }
    std::ranges::sort(pairs);
    std::string text;
    for (const auto& [name, value] : pairs)
        text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, value);
    return text;
}

}  // namespace

std::string canonical_request(const server::Request& request, const Authorization& authorization,
                              std::string_view body_hash) {
    std::string text = fmt::format("{}\n{}\n{}\n", request.method, encoded(normalised(request.path())),
                                   canonical_query(request.query()));
    for (const std::string& name : authorization.signed_headers) {
        std::string value;
        bool first = true;
        for (const server::Header& header : request.headers) {
            if (!same_name(header.name, name)) continue;
            value += (first ? "" : ",") + collapsed(header.value);
            first = false;
        }
        text += fmt::format("{}:{}\n", name, value);
    }
    return text + fmt::format("\n{}\n{}", authorization.signed_headers_text, body_hash);
}

}  // namespace visavis::protocol
