// The text whose hash a SigV4 signature covers.
#pragma once

#include <string>
#include <string_view>

#include "protocol/authorization.h"
#include "server/handler.h"

namespace visavis::protocol {

/// Method, path, query, signed headers and body hash of `request` in canonical form. Paths are normalised
/// and percent-encoded once more, as every service but S3 does; queries are sorted as they came; header
/// values lose repeated spaces; a repeated header is joined with commas; a signed header that is absent
/// counts as empty. Thread-safe.
[[nodiscard]] std::string canonical_request(const server::Request& request,
                                            const Authorization& authorization, std::string_view body_hash);

}  // namespace visavis::protocol
