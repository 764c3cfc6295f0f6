#include "engine/arn.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace visavis::engine {
namespace {

constexpr std::size_t kLongestCollectionId = 255;

}  // namespace

bool is_collection_id(std::string_view text) noexcept {
    const auto fits = [](unsigned char c) {
        return c < 0x80 && (std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-');
    };
    return !text.empty() && text.size() <= kLongestCollectionId && std::ranges::all_of(text, fits);
}

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
    const std::string_view id = arn.substr(rest.size());
    if (!is_collection_id(id)) return std::nullopt;
    return std::string(id);
}

std::string user_arn(const Caller& caller) {
    if (!caller.role_session.empty())
        return fmt::format("arn:aws:sts::{}:assumed-role/{}", caller.account, caller.role_session);
    return fmt::format("arn:aws:iam::{}:user/{}", caller.account, caller.principal);
}

}  // namespace visavis::engine
