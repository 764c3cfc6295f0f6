#include "engine/arn.h"

#include <fmt/format.h>

namespace visavis::engine {

std::string collection_arn(const Caller& caller, std::string_view collection) {
    return fmt::format("arn:aws:rekognition:{}:{}:collection/{}", caller.region, caller.account, collection);
}

std::optional<std::string> collection_of_arn(const Caller& caller, std::string_view arn) {
    if (arn.starts_with("arn:")) arn.remove_prefix(4);
    constexpr std::string_view kService = "aws:rekognition:";
    if (!arn.starts_with(kService)) return std::nullopt;
    arn.remove_prefix(kService.size());
    const auto region = arn.find(':');
    if (region == std::string_view::npos) return std::nullopt;
    arn.remove_prefix(region + 1);
    const std::string rest = caller.account + ":collection/";
    if (!arn.starts_with(rest) || arn.size() == rest.size()) return std::nullopt;
    return std::string(arn.substr(rest.size()));
}

std::string user_arn(const Caller& caller) {
    if (!caller.role_session.empty())
        return fmt::format("arn:aws:sts::{}:assumed-role/{}", caller.account, caller.role_session);
    return fmt::format("arn:aws:iam::{}:user/{}", caller.account, caller.principal);
}

}  // namespace visavis::engine
