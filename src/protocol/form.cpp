#include "protocol/form.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace visavis::protocol {
namespace {

constexpr std::size_t kMostFields = 1'000;
constexpr int kMostTags = 50;  // as STS

Result<std::string> decoded(std::string_view text) {
    std::string made;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '+') {
            made += ' ';
        } else if (text[at] == '%') {
            const auto byte = from_hex(text.substr(at + 1, 2));
            if (!byte || byte->size() != 1 || byte->front() == 0)
                return fail(ErrorCode::kValidation, "the body is not form-encoded: a percent sign is broken");
            made += static_cast<char>(byte->front());
            at += 2;
        } else {
            made += text[at];
        }
    }
    return made;
}

}  // namespace

Result<Form> parse_form(std::string_view body) {
    Form form;
    while (!body.empty()) {
        const std::size_t end = std::min(body.find('&'), body.size());
        const std::string_view field = body.substr(0, end);
        body.remove_prefix(std::min(end + 1, body.size()));
        if (field.empty()) continue;
        const std::size_t equals = std::min(field.find('='), field.size());
        auto name = decoded(field.substr(0, equals));
        auto value = decoded(field.substr(std::min(equals + 1, field.size())));
        if (!name) return std::unexpected(name.error());
        if (!value) return std::unexpected(value.error());
        if (!form.emplace(std::move(*name), std::move(*value)).second || form.size() > kMostFields)
            return fail(ErrorCode::kValidation, "the body names a field twice, or too many");
    }
    return form;
}

std::vector<std::pair<std::string, std::string>> tags_of_form(const Form& form) {
    std::vector<std::pair<std::string, std::string>> tags;
    for (int number = 1; number <= kMostTags; ++number) {
        const auto key = form.find(fmt::format("Tags.member.{}.Key", number));
        if (key == form.end()) break;
        const auto value = form.find(fmt::format("Tags.member.{}.Value", number));
        tags.emplace_back(key->second, value == form.end() ? std::string() : value->second);
    }
    return tags;
}

}  // namespace visavis::protocol
