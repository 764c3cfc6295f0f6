// Amazon resource names as Rekognition prints them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/call.h"

namespace visavis::engine {

/// Whether the text fits the service model's pattern of a CollectionId: 1 to 255 letters, digits and `_.-`.
[[nodiscard]] bool is_collection_id(std::string_view text) noexcept;

/// `arn:aws:rekognition:<region>:<account>:collection/<id>`
[[nodiscard]] std::string collection_arn(const Caller& caller, std::string_view collection);

/// The CollectionId of such an ARN of the caller's account, in any region, also without the leading `arn:`
/// (as Amazon's CreateCollection prints it); nothing if it is of another account or another kind.
[[nodiscard]] std::optional<std::string> collection_of_arn(const Caller& caller, std::string_view arn);

/// `arn:aws:iam::<account>:user/<principal>`, or `arn:aws:sts::<account>:assumed-role/<role>/<session>`
[[nodiscard]] std::string user_arn(const Caller& caller);

}  // namespace visavis::engine
