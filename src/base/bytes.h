// Byte views and text encodings of bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace visavis {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

[[nodiscard]] inline ByteView as_bytes(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

[[nodiscard]] inline std::string_view as_text(ByteView bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Lower-case hexadecimal.
[[nodiscard]] std::string to_hex(ByteView bytes);

/// Bytes of a hexadecimal text of either case; kInvalidParameter for an odd length or a foreign character.
[[nodiscard]] Result<Bytes> from_hex(std::string_view text);

/// Standard base64 (RFC 4648 §4) with padding, no line breaks.
[[nodiscard]] std::string to_base64(ByteView bytes);

/// Bytes of a standard base64 text; padding required, no white space. kInvalidParameter otherwise, naming the
/// position of the first wrong character.
[[nodiscard]] Result<Bytes> from_base64(std::string_view text);

}  // namespace visavis
