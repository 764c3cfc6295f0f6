#include "base/error.h"

namespace visavis {

std::string_view name(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::kInvalidParameter:
            return "invalid_parameter";
        case ErrorCode::kValidation:
            return "validation";
        case ErrorCode::kInvalidImageFormat:
            return "invalid_image_format";
        case ErrorCode::kImageTooLarge:
            return "image_too_large";
        case ErrorCode::kInvalidS3Object:
            return "invalid_s3_object";
        case ErrorCode::kNotFound:
            return "not_found";
        case ErrorCode::kAlreadyExists:
            return "already_exists";
        case ErrorCode::kConflict:
            return "conflict";
        case ErrorCode::kQuotaExceeded:
            return "quota_exceeded";
        case ErrorCode::kInvalidPaginationToken:
            return "invalid_pagination_token";
        case ErrorCode::kIdempotentParameterMismatch:
            return "idempotent_parameter_mismatch";
        case ErrorCode::kAccessDenied:
            return "access_denied";
        case ErrorCode::kThrottled:
            return "throttled";
        case ErrorCode::kUnavailable:
            return "unavailable";
        case ErrorCode::kInternal:
            return "internal";
        case ErrorCode::kSerialization:
            return "serialization";
    }
    return "internal";
}

}  // namespace visavis
