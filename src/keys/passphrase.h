// A key from what a person remembers: scrypt (RFC 7914), by OpenSSL.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/error.h"
#include "keys/seal.h"

namespace visavis::keys {

/// What one guess costs: 128 · r · 2^log2_n bytes of memory, p times one after another.
struct ScryptCost {
    std::uint32_t log2_n{17};
    std::uint32_t r{8};
    std::uint32_t p{1};
};

/// The key of a passphrase. The same salt and cost give the same key. kInvalidParameter for a cost that is
/// none or that takes more than 256 MiB.
[[nodiscard]] Result<SealKey> key_of_passphrase(ByteView passphrase, ByteView salt, const ScryptCost& cost);

}  // namespace visavis::keys
