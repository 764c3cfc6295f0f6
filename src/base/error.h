// Errors as values. One vocabulary from the image decoder to the JSON answer.
//
// Four answers are kept apart everywhere: "refused" (kAccessDenied), "not found" (kNotFound), "invalid" (the
// caller can mend the request) and "broken" (kInternal, kUnavailable: the server's fault). Finding nothing
// (no face, no match) is a success with an empty result unless Rekognition's contract says otherwise.
//
// Messages are for the person who reads them: what was wrong, the offending value in backticks, what was
// expected. Where Amazon's own wording is known and clients match on it, it is used letter for letter.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace visavis {

/// What went wrong, as far as a caller must tell the cases apart. The protocol layer maps each to a
/// Rekognition exception; the names follow it. Append only: receipts and metrics record the names.
enum class ErrorCode {
    kInvalidParameter,             ///< semantic error in the request (InvalidParameterException)
    kValidation,                   ///< a constraint of the service model is violated (ValidationException)
    kInvalidImageFormat,           ///< not JPEG or PNG, truncated or corrupt
    kImageTooLarge,                ///< too many bytes or pixels
    kInvalidS3Object,              ///< bucket or key cannot be read
    kNotFound,                     ///< ResourceNotFoundException
    kAlreadyExists,                ///< ResourceAlreadyExistsException
    kConflict,                     ///< ConflictException
    kQuotaExceeded,                ///< ServiceQuotaExceededException
    kInvalidPaginationToken,       ///< InvalidPaginationTokenException
    kIdempotentParameterMismatch,  ///< same ClientRequestToken, other parameters
    kAccessDenied,                 ///< refused by policy or by the key
    kThrottled,                    ///< a queue or budget is full; try again (ThrottlingException, 400)
    kUnavailable,                  ///< stopping, disk full, ledger cannot be written
    kInternal,                     ///< broken: a bug, a corrupt file, a failing disk
    kSerialization,                ///< not JSON, or a member of the wrong JSON type (SerializationException)
};

/// Stable lower-case name, e.g. `invalid_parameter`; used in logs and metrics.
std::string_view name(ErrorCode code) noexcept;

struct Error {
    ErrorCode code{ErrorCode::kInternal};
    std::string message;  ///< for a person; never holds a secret, a template or image bytes
};

/// A value or an Error; must be looked at.
template <typename T>
using Result = std::expected<T, Error>;

/// `return fail(ErrorCode::kNotFound, "…");` from any function that gives a Result.
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
    return std::unexpected(Error{code, std::move(message)});
}

}  // namespace visavis
