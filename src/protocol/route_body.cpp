#include "protocol/route_body.h"

#include <algorithm>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "engine/governed.h"
#include "protocol/request_json.h"

namespace visavis::protocol {

namespace json = boost::json;

Result<json::object> object_of(const RouteCall& call, std::initializer_list<std::string_view> known) {
    auto body = request_json(call.request.body);
    if (!body) return body;
    for (const auto& member : *body)
        if (std::ranges::find(known, std::string_view(member.key())) == known.end())
            return fail(ErrorCode::kValidation,
                        fmt::format("`{}` is no member of this request", std::string_view(member.key())));
    return body;
}

Result<std::string> text_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr) return std::string();
    if (!value->is_string()) return fail(ErrorCode::kValidation, fmt::format("`{}` must be a text", name));
    return std::string(value->get_string());
}

Result<std::vector<std::string>> texts_of(const json::object& object, std::string_view name) {
    std::vector<std::string> texts;
    const json::value* value = object.if_contains(name);
    if (value == nullptr) return texts;
    if (!value->is_array())
        return fail(ErrorCode::kValidation, fmt::format("`{}` must be a list of texts", name));
    for (const json::value& item : value->get_array()) {
        if (!item.is_string())
            return fail(ErrorCode::kValidation, fmt::format("`{}` must be a list of texts", name));
        texts.emplace_back(item.get_string());
    }
    return texts;
}

Result<std::int64_t> number_of(const json::object& object, std::string_view name, std::int64_t otherwise) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr) return otherwise;
    if (!value->is_int64())
        return fail(ErrorCode::kValidation, fmt::format("`{}` must be a whole number", name));
    return value->get_int64();
}

std::string time_text(TimePoint time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

server::Response refuse_far_caller(const RouteCall& call, const std::string& operation,
                                   const std::string& message) {
    const auto refused = engine::governed<bool>(
        call.engine, call.called, {.operation = operation},
        [&](engine::Record& /*record*/) -> Result<bool> { return fail(ErrorCode::kAccessDenied, message); });
    return error_response(refused.error(), call, operation);
}

}  // namespace visavis::protocol
