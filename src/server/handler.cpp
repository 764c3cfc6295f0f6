#include "server/handler.h"

#include <algorithm>

namespace visavis::server {
namespace {

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

std::optional<std::string_view> Request::header(std::string_view name) const noexcept {
    const auto found =
        std::ranges::find_if(headers, [&](const Header& h) { return same_name(h.name, name); });
    if (found == headers.end()) return std::nullopt;
    return found->value;
}

std::string_view Request::path() const noexcept {
    return std::string_view(target).substr(0, target.find('?'));
}

std::string_view Request::query() const noexcept {
    const std::size_t mark = target.find('?');
    return mark == std::string::npos ? std::string_view{} : std::string_view(target).substr(mark + 1);
}

std::string_view name(RejectionReason reason) noexcept {
    switch (reason) {
        case RejectionReason::kMalformed:
            return "malformed";
        case RejectionReason::kHeaderTooLarge:
            return "header_too_large";
        case RejectionReason::kBodyTooLarge:
            return "body_too_large";
        case RejectionReason::kTimeout:
            return "timeout";
        case RejectionReason::kQueueFull:
            return "queue_full";
        case RejectionReason::kBudgetFull:
            return "budget_full";
        case RejectionReason::kConnectionsFull:
            return "connections_full";
        case RejectionReason::kStopping:
            return "stopping";
        case RejectionReason::kInternal:
            return "internal";
    }
    return "internal";
}

}  // namespace visavis::server
