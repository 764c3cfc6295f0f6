// Authenticated encryption of small secrets and templates: AES-256-GCM (NIST SP 800-38D) with a fresh random
// nonce for every message.
//
//     sealed = nonce (12 bytes) ‖ ciphertext (as long as the plain text) ‖ tag (16 bytes)
//
// Associated data is not stored but must be given again to open: it ties what is sealed to its place, so that
// a row cannot be moved to another. Random nonces are safe for 2^32 messages a key; a collection holds at
// most 20 million faces.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace visavis::keys {

inline constexpr std::size_t kSealKeyBytes = 32;
inline constexpr std::size_t kSealNonceBytes = 12;
inline constexpr std::size_t kSealTagBytes = 16;
inline constexpr std::size_t kSealOverhead = kSealNonceBytes + kSealTagBytes;

/// An AES-256 key; its copy in memory is wiped when it goes. Immutable; thread-safe.
class SealKey {
  public:
    /// From the system's random generator.
    [[nodiscard]] static SealKey generate();

    /// kInternal unless there are exactly 32 bytes.
    [[nodiscard]] static Result<SealKey> from_bytes(ByteView bytes);

    SealKey(const SealKey&) = default;
    SealKey& operator=(const SealKey&) = default;
    ~SealKey();

    /// A key for one purpose that tells nothing of this one: HMAC-SHA-256(key, purpose).
    [[nodiscard]] SealKey derive(std::string_view purpose) const;

    /// nonce ‖ ciphertext ‖ tag.
    [[nodiscard]] Bytes seal(ByteView plain, ByteView associated) const;

    /// The plain text. kInternal if `sealed` was not made by seal() with this key and this associated data,
    /// or was altered since; the two cannot be told apart.
    [[nodiscard]] Result<Bytes> open(ByteView sealed, ByteView associated) const;

    /// The key itself, to be wrapped by another. Never to be logged.
    [[nodiscard]] ByteView bytes() const noexcept { return key_; }

  private:
    SealKey() = default;
    std::array<std::uint8_t, kSealKeyBytes> key_{};
};

}  // namespace visavis::keys
