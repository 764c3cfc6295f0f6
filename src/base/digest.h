// SHA-256 and HMAC-SHA-256 (FIPS 180-4, RFC 2104), by OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace visavis {

using Sha256 = std::array<std::uint8_t, 32>;

[[nodiscard]] Sha256 sha256(ByteView bytes);
[[nodiscard]] Sha256 hmac_sha256(ByteView key, ByteView message);

/// SHA-256 of bytes that arrive in parts. Not thread-safe.
class Sha256Stream {
  public:
    Sha256Stream();
    Sha256Stream(Sha256Stream&&) noexcept;
    Sha256Stream& operator=(Sha256Stream&&) noexcept;
    Sha256Stream(const Sha256Stream&) = delete;
    Sha256Stream& operator=(const Sha256Stream&) = delete;
    ~Sha256Stream();

    void update(ByteView bytes);

    /// The digest of everything so far; the stream then starts afresh.
    [[nodiscard]] Sha256 finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Of a file's content. kInternal, naming the file, if it cannot be read.
[[nodiscard]] Result<Sha256> sha256_of_file(const std::string& path);

/// Whether both are equal, in a time that depends on their lengths only.
[[nodiscard]] bool equal_in_constant_time(ByteView a, ByteView b) noexcept;

}  // namespace visavis
