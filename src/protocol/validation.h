// Requests against the constraints of the service model, before anything is looked up or decoded.
#pragma once

#include <boost/json.hpp>

#include "base/error.h"
#include "protocol/service_model.h"

namespace visavis::protocol {

/// Nothing if `request` satisfies every constraint of the operation's input. Otherwise
///  - kSerialization, naming the member, at the first member of a wrong JSON type;
///  - kValidation in Amazon's form, with every violated constraint in the model's order:
///    `1 validation error detected: Value '…' at 'image.bytes' failed to satisfy constraint: Member must …`.
/// A null member counts as absent; members that the model does not know are ignored, as Amazon ignores them.
/// `most_image_bytes` stands in for the model's bound on `Image.Bytes`. Values are echoed up to 128
/// characters, image bytes never. Base64 is judged by its length alone (see arguments.h). Thread-safe.
[[nodiscard]] Result<void> validate(const model::Operation& operation, const boost::json::object& request,
                                    std::size_t most_image_bytes);

}  // namespace visavis::protocol
