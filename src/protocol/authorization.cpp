#include "protocol/authorization.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace visavis::protocol {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::size_t kMostSignedHeaders = 64;

std::string_view trimmed(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char by) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto end = text.find(by);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

}  // namespace

std::expected<Authorization, std::string> parse_authorization(std::string_view header) {
    header = trimmed(header);
    const auto space = header.find(' ');
    if (header.substr(0, space) != kAlgorithm)
        return std::unexpected(fmt::format("Authorization must begin with '{}'.", kAlgorithm));

    std::map<std::string_view, std::string_view> parameters;
    if (space != std::string_view::npos)
        for (const std::string_view part : split(header.substr(space + 1), ',')) {
            const auto equals = part.find('=');
            if (equals == std::string_view::npos) continue;
            const auto [_, fresh] =
                parameters.emplace(trimmed(part.substr(0, equals)), trimmed(part.substr(equals + 1)));
            if (!fresh)
                return std::unexpected(fmt::format("Authorization header has the parameter '{}' twice.",
                                                   trimmed(part.substr(0, equals)).substr(0, 32)));
        }
    std::string missing;
    for (const std::string_view name : {"Credential", "SignedHeaders", "Signature"})
        if (!parameters.contains(name) || parameters[name].empty())
            missing += fmt::format("{}Authorization header requires '{}' parameter.",
                                   missing.empty() ? "" : " ", name);
    if (!missing.empty()) return std::unexpected(std::move(missing));

    const auto scope = split(parameters["Credential"], '/');
    if (scope.size() != 5 || std::ranges::any_of(scope, &std::string_view::empty))
        return std::unexpected(
            "Credential must have exactly 5 slash-delimited elements, e.g. "
            "keyid/date/region/service/term.");
    Authorization parsed{.access_key_id = std::string(scope[0]),
                         .date = std::string(scope[1]),
                         .region = std::string(scope[2]),
                         .service = std::string(scope[3]),
                         .terminator = std::string(scope[4]),
                         .signed_headers = {},
                         .signed_headers_text = std::string(parameters["SignedHeaders"]),
                         .signature = std::string(parameters["Signature"])};
    for (const std::string_view name : split(parsed.signed_headers_text, ';')) {
        if (name.empty() || parsed.signed_headers.size() == kMostSignedHeaders ||
            std::ranges::any_of(name, [](char c) { return c >= 'A' && c <= 'Z'; }))
            return std::unexpected("'SignedHeaders' must be lower-case header names, separated by ';'.");
        parsed.signed_headers.emplace_back(name);
    }
    return parsed;
}

}  // namespace visavis::protocol
