#include "base/random.h"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <openssl/rand.h>

#include "base/digest.h"

namespace visavis {
namespace {

std::string uuid_of(ByteView sixteen, unsigned version) {
    Bytes b(sixteen.begin(), sixteen.end());
    b[6] = static_cast<std::uint8_t>((b[6] & 0x0fU) | (version << 4U));
    b[8] = static_cast<std::uint8_t>((b[8] & 0x3fU) | 0x80U);
    const std::string hex = to_hex(b);
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                       hex.substr(16, 4), hex.substr(20));
}

}  // namespace

Bytes random_bytes(std::size_t count) {
    Bytes bytes(count);
    if (RAND_bytes(bytes.data(), static_cast<int>(count)) != 1) {
        (void)std::fputs("fatal: the system's random generator failed\n", stderr);
        std::abort();
    }
    return bytes;
}

std::string random_uuid() {
    return uuid_of(random_bytes(16), 4);
}

// RFC 9562 §5.5 hashes with SHA-1; what matters here is that the name decides, so SHA-256 (§5.8 leaves the
// choice for version 8, but Rekognition's ImageIds are of version 5 and clients may check the digit).
std::string name_uuid(ByteView name) {
    const Sha256 digest = sha256(name);
    return uuid_of(ByteView(digest).first(16), 5);
}

}  // namespace visavis
