#include "protocol/exceptions.h"

#include <algorithm>
#include <array>

#include <boost/json.hpp>

namespace visavis::protocol {
namespace {

struct Mapping {
    ErrorCode code;
    std::string_view type;
    int status;
    bool modelled;
};

// Every client error is 400: the model sets no other status, and AWS SDKs retry 5xx and bare 429.
constexpr std::array kMappings = {
    Mapping{ErrorCode::kInvalidParameter, "InvalidParameterException", 400, true},
    Mapping{ErrorCode::kValidation, "ValidationException", 400, false},
    Mapping{ErrorCode::kSerialization, "SerializationException", 400, false},
    Mapping{ErrorCode::kInvalidImageFormat, "InvalidImageFormatException", 400, true},
    Mapping{ErrorCode::kImageTooLarge, "ImageTooLargeException", 400, true},
    Mapping{ErrorCode::kInvalidS3Object, "InvalidS3ObjectException", 400, true},
    Mapping{ErrorCode::kNotFound, "ResourceNotFoundException", 400, true},
    Mapping{ErrorCode::kAlreadyExists, "ResourceAlreadyExistsException", 400, true},
    Mapping{ErrorCode::kConflict, "ConflictException", 400, true},
    Mapping{ErrorCode::kQuotaExceeded, "ServiceQuotaExceededException", 400, true},
    Mapping{ErrorCode::kInvalidPaginationToken, "InvalidPaginationTokenException", 400, true},
    Mapping{ErrorCode::kIdempotentParameterMismatch, "IdempotentParameterMismatchException", 400, true},
    Mapping{ErrorCode::kAccessDenied, "AccessDeniedException", 400, true},
    Mapping{ErrorCode::kThrottled, "ThrottlingException", 400, true},
    // First of the two 500s, so that error_of reads InternalServerError as kInternal.
    Mapping{ErrorCode::kInternal, "InternalServerError", 500, true},
    Mapping{ErrorCode::kUnavailable, "InternalServerError", 500, true},
};

}  // namespace

Exception exception_of(const Error& error, bool local) {
    const auto* const found = std::ranges::find(kMappings, error.code, &Mapping::code);
    const Mapping& mapping = *found;
    // What is broken here names files of this machine.
    std::string message = error.message;
    if (!local && error.code == ErrorCode::kInternal) message = "Internal server error";
    if (!local && error.code == ErrorCode::kUnavailable) message = "Service Unavailable";
    return {.type = std::string(mapping.type),
            .message = std::move(message),
            .status = mapping.status,
            .modelled = mapping.modelled};
}

Error error_of(std::string_view type, std::string message) {
    const auto* const found = std::ranges::find(kMappings, type, &Mapping::type);
    return {.code = found == kMappings.end() ? ErrorCode::kInternal : found->code,
            .message = std::move(message)};
}

server::Response respond(const Exception& exception, std::string_view request_id,
                         std::string_view operation) {
    boost::json::object body;
    body["__type"] = exception.type;
    if (exception.modelled) {
        body["Code"] = exception.type;
        body["Logref"] = request_id;
        body["Message"] = exception.message;
    } else {
        body["message"] = exception.message;
    }
    return {.status = exception.status,
            .headers = {{.name = "x-amzn-ErrorType", .value = exception.type}},
            .body = boost::json::serialize(body),
            .operation = std::string(operation),
            .outcome = exception.type};
}

}  // namespace visavis::protocol
