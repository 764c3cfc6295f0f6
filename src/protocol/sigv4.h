// AWS Signature Version 4, verified as Amazon's JSON services do.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "protocol/credentials.h"
#include "protocol/exceptions.h"
#include "server/handler.h"

namespace visavis::protocol {

/// Who signed a request.
struct Signer {
    Credential credential;
    std::string access_key_id;
    std::string region;   ///< of the credential scope, whatever the client calls it
    std::string service;  ///< of the credential scope
};

/// The signer, if the signature holds for `request` as it came (method, target, signed headers, body) and
/// was made within limits::kClockSkew of `now`. `host`, the date, and where they are sent `x-amz-target` and
/// `x-amz-security-token` must be among the signed headers; `x-amz-content-sha256` must be the body's hash.
/// `services` are the names that the scope may name, e.g. `rekognition`.
/// Otherwise the exception a client expects, status 400: MissingAuthenticationTokenException,
/// IncompleteSignatureException, InvalidSignatureException, UnrecognizedClientException (no such key, or
/// another session token), ExpiredTokenException (only to whoever signed correctly). An unknown key costs
/// the same work as a known one; signatures compare in constant time. Thread-safe.
[[nodiscard]] std::expected<Signer, Exception> authenticate(const server::Request& request,
                                                            std::span<const std::string_view> services,
                                                            const Credentials& credentials, TimePoint now);

}  // namespace visavis::protocol
