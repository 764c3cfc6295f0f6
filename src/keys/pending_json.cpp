#include "keys/pending_json.h"

#include <optional>
#include <string>
#include <utility>

#include <boost/json.hpp>

namespace visavis::keys {

namespace json = boost::json;

json::array to_json(const std::vector<PendingMessage>& messages) {
    json::array made;
    for (const PendingMessage& message : messages)
        made.push_back(json::object{{"id", message.id}, {"payload", to_base64(message.payload)}});
    return made;
}

std::vector<PendingMessage> pending_of(const json::value* json) {
    std::vector<PendingMessage> found;
    if (json == nullptr) return found;
    for (const json::value& item : json->as_array())
        found.push_back({.id = std::string(item.at("id").as_string()),
                         .payload = from_base64(item.at("payload").as_string()).value()});
    return found;
}

Result<std::vector<PendingMessage>> with_message(std::vector<PendingMessage> messages,
                                                 const MakeMessage& make) {
    auto message = message_of(make);
    if (!message) return std::unexpected(message.error());
    if (*message) messages.push_back(std::move(**message));
    return messages;
}

}  // namespace visavis::keys
