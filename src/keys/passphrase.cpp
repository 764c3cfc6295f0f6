#include "keys/passphrase.h"

#include <array>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace visavis::keys {
namespace {

constexpr std::uint64_t kMostMemory = 256UL * 1024 * 1024;
constexpr std::uint32_t kMostPasses = 16;

}  // namespace

Result<SealKey> key_of_passphrase(ByteView passphrase, ByteView salt, const ScryptCost& cost) {
    const bool sane = cost.log2_n >= 1 && cost.log2_n < 32 && cost.r >= 1 && cost.r <= 64 && cost.p >= 1 &&
                      cost.p <= kMostPasses;
    if (!sane || (std::uint64_t{128} * cost.r << cost.log2_n) > kMostMemory)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("scrypt with N=2^{}, r={}, p={} is none or takes more than {} MiB",
                                cost.log2_n, cost.r, cost.p, kMostMemory >> 20U));
    std::array<std::uint8_t, kSealKeyBytes> key{};
    // OpenSSL counts its own working memory too: twice is room enough.
    const int made = EVP_PBE_scrypt(reinterpret_cast<const char*>(passphrase.data()), passphrase.size(),
                                    salt.data(), salt.size(), std::uint64_t{1} << cost.log2_n, cost.r, cost.p,
                                    2 * kMostMemory, key.data(), key.size());
    if (made != 1) return fail(ErrorCode::kUnavailable, "there is no memory to derive a key in");
    auto sealing = SealKey::from_bytes(key);
    OPENSSL_cleanse(key.data(), key.size());
    return sealing;
}

}  // namespace visavis::keys
