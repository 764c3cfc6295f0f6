// Calls any server that speaks Rekognition's API, as an AWS SDK would: JSON 1.1, Signature Version 4.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include <boost/json.hpp>

#include "base/error.h"

namespace visavis::app {

/// What the server answered instead of a result.
struct ServiceError {
    std::string type;  ///< e.g. `InvalidParameterException`; empty if it could not be reached
    std::string message;
};

/// Not thread-safe.
class RekognitionClient {
  public:
    /// A client of the endpoint at `url`. Credentials: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
    /// AWS_SESSION_TOKEN, else the profile AWS_PROFILE (or `default`) of AWS_SHARED_CREDENTIALS_FILE (or
    /// ~/.aws/credentials). Region: of the host's name, else AWS_REGION, AWS_DEFAULT_REGION, us-east-1.
    /// kInvalidParameter for another URL than http(s)://…; kAccessDenied without credentials.
    static Result<std::unique_ptr<RekognitionClient>> open(const std::string& url);

    RekognitionClient(const RekognitionClient&) = delete;
    RekognitionClient& operator=(const RekognitionClient&) = delete;
    virtual ~RekognitionClient() = default;

    /// The operation's answer. Tries again, with pauses that double from 0.2 s up to 20 s and are drawn at
    /// random below that, when the server throttles, fails or does not answer, ten times.
    virtual std::expected<boost::json::object, ServiceError> call(const std::string& operation,
                                                                  const boost::json::object& request) = 0;

    [[nodiscard]] virtual const std::string& region() const noexcept = 0;

  protected:
    RekognitionClient() = default;
};

}  // namespace visavis::app
