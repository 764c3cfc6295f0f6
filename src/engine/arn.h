// Amazon resource names as Rekognition prints them.
#pragma once

#include <string>
#include <string_view>

#include "engine/call.h"

namespace visavis::engine {

/// `arn:aws:rekognition:<region>:<account>:collection/<id>`
[[nodiscard]] std::string collection_arn(const Caller& caller, std::string_view collection);

/// `arn:aws:iam::<account>:user/<principal>`
[[nodiscard]] std::string user_arn(const Caller& caller);

}  // namespace visavis::engine
