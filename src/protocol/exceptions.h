// From an Error to the exception an AWS client raises.
// https://docs.aws.amazon.com/rekognition/latest/dg/error-handling.html and the API reference's "Errors".
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "server/handler.h"

namespace visavis::protocol {

/// An error as it goes over the wire.
struct Exception {
    std::string type;  ///< e.g. `ValidationException`
    std::string message;
    int status{400};
    bool modelled{};  ///< named in Rekognition's service model; decides the body's form
};

/// The exception of an error. What is broken on our side says "Internal server error" (kInternal) or
/// "Service Unavailable" (kUnavailable) and no more, unless `local`: the operator at the machine reads the
/// reason.
[[nodiscard]] Exception exception_of(const Error& error, bool local);

/// The error that an answer's body names; the inverse of exception_of, for clients. kInternal for types that
/// are not Rekognition's.
[[nodiscard]] Error error_of(std::string_view type, std::string message);

/// The response: `__type` in the body, which boto3 needs, and `x-amzn-ErrorType`, which typed SDKs prefer.
/// `operation` labels log and metrics.
[[nodiscard]] server::Response respond(const Exception& exception, std::string_view request_id,
                                       std::string_view operation);

}  // namespace visavis::protocol
