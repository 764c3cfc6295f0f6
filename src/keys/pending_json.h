// Pending messages within the sealed files of this layer.
#pragma once

#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/pending_message.h"

namespace visavis::keys {

[[nodiscard]] boost::json::array to_json(const std::vector<PendingMessage>& messages);

/// Throws where the JSON is not what to_json() wrote; null stands for none: a file of before there were any.
[[nodiscard]] std::vector<PendingMessage> pending_of(const boost::json::value* json);

/// `messages` with the one that `make` makes, if any; its error.
[[nodiscard]] Result<std::vector<PendingMessage>> with_message(std::vector<PendingMessage> messages,
                                                               const MakeMessage& make);

}  // namespace visavis::keys
