#include "base/bytes.h"

#include <array>

#include <fmt/format.h>

namespace visavis {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoDigit = 0xff;

constexpr std::array<std::uint8_t, 256> kBase64Values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(kNoDigit);
    for (std::size_t i = 0; i < kBase64Digits.size(); ++i)
        values[static_cast<std::uint8_t>(kBase64Digits[i])] = static_cast<std::uint8_t>(i);
    return values;
}();

// A digit's value where it belongs in its group of four: one load instead of a shift and a mask.
constexpr std::uint32_t kNoDigitInGroup = 0xff000000U;
constexpr std::array<std::array<std::uint32_t, 256>, 4> kBase64Places = [] {
    std::array<std::array<std::uint32_t, 256>, 4> places{};
    for (std::size_t place = 0; place < 4; ++place)
        for (std::size_t c = 0; c < 256; ++c)
            places[place][c] = kBase64Values[c] == kNoDigit
                                   ? kNoDigitInGroup
                                   : static_cast<std::uint32_t>(kBase64Values[c]) << (18U - 6U * place);
    return places;
}();

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::string to_hex(ByteView bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text.push_back(kHexDigits[byte >> 4U]);
        text.push_back(kHexDigits[byte & 0x0fU]);
    }
    return text;
}

Result<Bytes> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return fail(ErrorCode::kInvalidParameter, "hexadecimal text has an odd length");
    Bytes bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0)
            return fail(ErrorCode::kInvalidParameter,
                        fmt::format("not a hexadecimal digit at position {}", high < 0 ? i : i + 1));
        bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
    }
    return bytes;
}

std::string to_base64(ByteView bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = bytes.size() - i;
        const auto at = [&](std::size_t k) {
            return k < left ? static_cast<std::uint32_t>(bytes[i + k]) : 0U;
        };
        const std::uint32_t group = (at(0) << 16U) | (at(1) << 8U) | at(2);
        text.push_back(kBase64Digits[group >> 18U]);
        text.push_back(kBase64Digits[(group >> 12U) & 63U]);
        text.push_back(left > 1 ? kBase64Digits[(group >> 6U) & 63U] : '=');
        text.push_back(left > 2 ? kBase64Digits[group & 63U] : '=');
    }
    return text;
}

Result<Bytes> from_base64(std::string_view text) {
    if (text.size() % 4 != 0)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("base64 text has a length of {}, which is no multiple of 4", text.size()));
    if (text.empty()) return Bytes{};
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
    const std::size_t digits = text.size() - padding;

    Bytes bytes(text.size() / 4 * 3);
    std::uint8_t* out = bytes.data();
    std::uint32_t seen = 0;
    const auto decode = [&](std::string_view four) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 4; ++k) group |= kBase64Places[k][static_cast<std::uint8_t>(four[k])];
        seen |= group;
        *out++ = static_cast<std::uint8_t>(group >> 16U);
        *out++ = static_cast<std::uint8_t>(group >> 8U);
        *out++ = static_cast<std::uint8_t>(group);
    };
    const std::size_t whole = digits / 4 * 4;
    for (std::size_t i = 0; i < whole; i += 4) decode(text.substr(i, 4));
    if (padding > 0) decode(std::string(text.substr(whole, digits - whole)) + (padding == 1 ? "A" : "AA"));
    // One test after the loop keeps it free of branches.
    if ((seen & kNoDigitInGroup) != 0) {
        for (std::size_t i = 0; i < digits; ++i)
            if (kBase64Values[static_cast<std::uint8_t>(text[i])] == kNoDigit)
                return fail(ErrorCode::kInvalidParameter,
                            fmt::format("not a base64 digit at position {}", i));
    }
    bytes.erase(bytes.end() - static_cast<std::ptrdiff_t>(padding), bytes.end());
    return bytes;
}

}  // namespace visavis
