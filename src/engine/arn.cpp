#include "engine/arn.h"

#include <fmt/format.h>

namespace visavis::engine {

std::string collection_arn(const Caller& caller, std::string_view collection) {
    return fmt::format("arn:aws:rekognition:{}:{}:collection/{}", caller.region, caller.account, collection);
}

std::string user_arn(const Caller& caller) {
    return fmt::format("arn:aws:iam::{}:user/{}", caller.account, caller.principal);
}

}  // namespace visavis::engine
