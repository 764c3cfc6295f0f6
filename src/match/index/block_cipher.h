// AES-256-GCM (NIST SP 800-38D) over the planes of one block, without copying them together first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/digest.h"

namespace visavis::match {

/// Sealed bytes are: nonce (12, random), tag (16), ciphertext. Thread-safe.
class BlockCipher {
  public:
    static constexpr std::size_t kNonceBytes = 12;
    static constexpr std::size_t kTagBytes = 16;
    static constexpr std::size_t kHeadBytes = kNonceBytes + kTagBytes;

    using Part = std::span<std::uint8_t>;

    explicit BlockCipher(const Sha256& key) noexcept : key_(key) {}

    /// Writes kHeadBytes + the parts' bytes to the start of `into`. Ends the process if OpenSSL fails, which
    /// it does for lack of memory alone.
    void seal(std::span<const Part> parts, ByteView associated, Bytes& into) const;

    /// Decrypts `sealed` into the parts, which take exactly its plaintext. False if the tag is wrong: the
    /// parts then hold nothing to be used.
    [[nodiscard]] bool open(ByteView sealed, ByteView associated, std::span<const Part> parts) const;

  private:
    const Sha256& key_;
};

}  // namespace visavis::match
