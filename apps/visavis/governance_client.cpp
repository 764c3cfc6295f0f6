#include "governance_client.h"

#include <charconv>

#include <fmt/core.h>

#include "client.h"

namespace visavis::app {

namespace json = boost::json;

Result<json::object> ask_server(const PlaceOptions& place, std::string_view method, std::string_view target,
                                const json::object& body) {
    const auto config = place.settings();
    if (!config) return std::unexpected(config.error());
    const auto client = Client::open(*config, true);
    if (!client) return std::unexpected(client.error());
    const auto text = (*client)->fetch(method, target, body.empty() ? std::string() : json::serialize(body));
    if (!text) return std::unexpected(text.error());
    json::error_code failed;
    json::value value = json::parse(*text, failed);
    if (failed || !value.is_object())
        return fail(ErrorCode::kInternal, "the server's answer is no JSON object");
    return std::move(value.get_object());
}

void print_members(const json::object& object) {
    for (const auto& [key, value] : object) {
        std::string text;
        if (value.is_string())
            text = value.get_string();
        else if (value.is_array())
            for (const json::value& item : value.get_array())
                text += (text.empty() ? "" : ", ") +
                        std::string(item.is_string() ? item.get_string() : json::string());
        else
            text = json::serialize(value);
        if (!text.empty()) fmt::print("{:<18} {}\n", std::string_view(key), text);
    }
}

Result<std::int64_t> seconds_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    const std::int64_t factor = unit == "s"   ? 1
                                : unit == "m" ? 60
                                : unit == "h" ? 3'600
                                : unit == "d" ? 86'400
                                              : 0;
    if (failed != std::errc() || number <= 0 || number > 1'000'000 || factor == 0)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` is no length of time; write 48h, 30m or 7d", text));
    return number * factor;
}

}  // namespace visavis::app
