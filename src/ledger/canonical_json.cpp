#include "ledger/canonical_json.h"

#include <fmt/format.h>

namespace visavis::ledger {
namespace {

/// Length of the UTF-8 sequence at the start of `text`; 0 if it is malformed.
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    // Overlong forms, surrogates and what lies beyond U+10FFFF.
    if ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f) ||
        (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f))
        return 0;
    return length;
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string json_text(std::string_view text) {
    std::string result = "\"";
    while (!text.empty()) {
        const char c = text.front();
        const std::size_t length = sequence_length(text);
        if (length == 0) {
            result += "\xEF\xBF\xBD";
        } else if (length > 1) {
            result += text.substr(0, length);
        } else if (c == '"' || c == '\\') {
            result += '\\';
            result += c;
        } else if (static_cast<unsigned char>(c) >= 0x20) {
            result += c;
        } else {
            switch (c) {
                case '\b':
                    result += "\\b";
                    break;
                case '\t':
                    result += "\\t";
                    break;
                case '\n':
                    result += "\\n";
                    break;
                case '\f':
                    result += "\\f";
                    break;
                case '\r':
                    result += "\\r";
                    break;
                default:
                    result += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
            }
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return result + '"';
}

std::string json_texts(std::span<const std::string> texts) {
    std::string result = "[";
    for (const auto& text : texts) {
        if (result.size() > 1) result += ',';
        result += json_text(text);
    }
    return result + ']';
}

std::string JsonObject::str() const {
    std::string result = "{";
    for (const auto& [name, value] : members_) {
        if (result.size() > 1) result += ',';
        result += json_text(name) + ':' + value;
    }
    return result + '}';
}

}  // namespace visavis::ledger
