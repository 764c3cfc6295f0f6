// Whole numbers as the ledger's own files hold them: lowest byte first.
#pragma once

#include <cstddef>

#include "base/bytes.h"

namespace visavis::ledger {

template <typename T>
void put(Bytes& out, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

/// Of the first bytes, which must be there.
template <typename T>
[[nodiscard]] T get(ByteView bytes) {
    T value{};
    for (std::size_t i = 0; i < sizeof(T); ++i)
        value = static_cast<T>(value | static_cast<T>(static_cast<T>(bytes[i]) << (8 * i)));
    return value;
}

}  // namespace visavis::ledger
