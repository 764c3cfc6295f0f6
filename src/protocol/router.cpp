#include "protocol/router.h"

#include <algorithm>

#include "protocol/json_text.h"

namespace visavis::protocol {
namespace {

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::string> decoded(std::string_view segment) {
    std::string text;
    for (std::size_t i = 0; i < segment.size(); ++i) {
        char c = segment[i];
        if (c == '%') {
            if (i + 2 >= segment.size()) return std::nullopt;
            const int high = hex_digit(segment[i + 1]);
            const int low = hex_digit(segment[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        text += c;
    }
    return text;
}

/// Cuts the first segment off `path`; `/a/b` gives `a` and leaves `/b`.
std::string_view cut_segment(std::string_view& path) noexcept {
    if (path.starts_with('/')) path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end);
    return segment;
}

std::optional<std::map<std::string, std::string, std::less<>>> fit(std::string_view pattern,
                                                                   std::string_view path) {
    std::map<std::string, std::string, std::less<>> parameters;
    while (!pattern.empty() && !path.empty()) {
        const std::string_view wanted = cut_segment(pattern);
        if (wanted.ends_with("...}")) {
            auto rest = decoded(path.substr(1));
            if (!rest || rest->empty() || rest->contains('\0')) return std::nullopt;
            parameters.emplace(wanted.substr(1, wanted.size() - 5), std::move(*rest));
            return parameters;
        }
        const std::string_view segment = cut_segment(path);
        if (!wanted.starts_with('{')) {
            if (wanted != segment) return std::nullopt;
            continue;
        }
        auto value = decoded(segment);
        if (!value || value->empty() || value->contains('/') || value->contains('\0')) return std::nullopt;
        parameters.emplace(wanted.substr(1, wanted.size() - 2), std::move(*value));
    }
    if (!pattern.empty() || !path.empty()) return std::nullopt;
    return parameters;
}

bool same_method(std::string_view route, std::string_view request) noexcept {
    return route == request || (route == "GET" && request == "HEAD");
}

}  // namespace

std::optional<Router::Match> Router::find(const server::Request& head) const {
    for (const Route& route : routes_) {
        if (!same_method(route.method, head.method)) continue;
        if (route.takes && !route.takes(head)) continue;
        if (auto parameters = fit(route.pattern, head.path()))
            return Match{.route = &route, .parameters = std::move(*parameters)};
    }
    return std::nullopt;
}

std::string Router::methods_of(std::string_view path) const {
    std::string methods;
    for (const Route& route : routes_)
        if (fit(route.pattern, path) && !methods.contains(route.method))
            methods += (methods.empty() ? "" : ", ") + route.method;
    return methods;
}

server::Response json_response(const boost::json::value& value, std::string_view operation) {
    return {.content_type = "application/json",
            .body = json_text(value),
            .operation = std::string(operation),
            .outcome = "ok"};
}

server::Response error_response(const Error& error, const RouteCall& call, std::string_view operation) {
    return respond(exception_of(error, call.local), call.request.request_id, operation);
}

}  // namespace visavis::protocol
