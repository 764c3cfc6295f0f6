// Randomness from the operating system's generator (through OpenSSL). Thread-safe.
#pragma once

#include <cstddef>
#include <string>

#include "base/bytes.h"

namespace visavis {

/// Bytes fit for keys and salts. Ends the process if the system has no randomness to give: nothing could be
/// kept secret then.
[[nodiscard]] Bytes random_bytes(std::size_t count);

/// A lower-case version 4 UUID (RFC 9562), e.g. `0e7f1c7a-7a35-4f0c-9a5f-3c1df8b6a1d2`.
[[nodiscard]] std::string random_uuid();

/// A lower-case version 5 UUID: the same `name` gives the same UUID.
[[nodiscard]] std::string name_uuid(ByteView name);

}  // namespace visavis
