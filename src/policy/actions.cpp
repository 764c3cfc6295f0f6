#include "policy/actions.h"

#include <algorithm>

namespace visavis::policy {

const Action* find_action(std::string_view name) noexcept {
    const auto* found = std::ranges::find(kActions, name, &Action::name);
    return found == kActions.end() ? nullptr : found;
}

std::string_view name(Group group) noexcept {
    switch (group) {
        case Group::kEnrol:
            return "enrol";
        case Group::kIdentify:
            return "identify";
        case Group::kVerify:
            return "verify";
        case Group::kAnalyse:
            return "analyse";
        case Group::kManage:
            return "manage";
        case Group::kErase:
            return "erase";
        case Group::kShare:
            return "share";
        case Group::kAudit:
            return "audit";
    }
    return "manage";
}

std::string_view name(ResourceKind kind) noexcept {
    switch (kind) {
        case ResourceKind::kServer:
            return "Server";
        case ResourceKind::kCollection:
            return "Collection";
        case ResourceKind::kRole:
            return "Role";
        case ResourceKind::kCase:
            return "Case";
    }
    return "Server";
}

std::span<const Group> all_groups() noexcept {
    static constexpr std::array kGroups{Group::kEnrol,  Group::kIdentify, Group::kVerify, Group::kAnalyse,
                                        Group::kManage, Group::kErase,    Group::kShare,  Group::kAudit};
    return kGroups;
}

}  // namespace visavis::policy
