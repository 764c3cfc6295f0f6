// Every operation that policy decides about, its group and what it acts on: the one place where both stand.
// The Cedar schema's actions are written from this table.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace visavis::policy {

/// Cedar's action groups: `action in Action::"identify"`. `erase` is itself inside `manage`.
enum class Group : std::uint8_t { kEnrol, kIdentify, kVerify, kAnalyse, kManage, kErase, kShare, kAudit };

/// What the action is done to: the entity type of Cedar's `resource`.
enum class ResourceKind : std::uint8_t { kServer, kCollection, kRole, kCase };

struct Action {
    std::string_view name;  ///< Rekognition's or this project's operation name; Cedar's action id
    Group group;
    ResourceKind resource;
};

inline constexpr std::array kActions{
    Action{"IndexFaces", Group::kEnrol, ResourceKind::kCollection},
    Action{"CreateUser", Group::kEnrol, ResourceKind::kCollection},
    Action{"AssociateFaces", Group::kEnrol, ResourceKind::kCollection},
    Action{"ImportCollection", Group::kEnrol, ResourceKind::kCollection},

    Action{"SearchFaces", Group::kIdentify, ResourceKind::kCollection},
    Action{"SearchFacesByImage", Group::kIdentify, ResourceKind::kCollection},
    Action{"SearchUsers", Group::kIdentify, ResourceKind::kCollection},
    Action{"SearchUsersByImage", Group::kIdentify, ResourceKind::kCollection},

    Action{"CompareFaces", Group::kVerify, ResourceKind::kServer},

    Action{"DetectFaces", Group::kAnalyse, ResourceKind::kServer},

    Action{"CreateCollection", Group::kManage, ResourceKind::kCollection},
    Action{"DescribeCollection", Group::kManage, ResourceKind::kCollection},
    Action{"ListCollections", Group::kManage, ResourceKind::kServer},
    Action{"ListFaces", Group::kManage, ResourceKind::kCollection},
    Action{"ListUsers", Group::kManage, ResourceKind::kCollection},
    Action{"TagResource", Group::kManage, ResourceKind::kCollection},
    Action{"UntagResource", Group::kManage, ResourceKind::kCollection},
    Action{"ListTagsForResource", Group::kManage, ResourceKind::kCollection},
    // Tags that begin with `visavis:` are read by policies, so changing them is its own decision.
    Action{"SetPolicyTags", Group::kManage, ResourceKind::kCollection},
    Action{"AssumeRole", Group::kManage, ResourceKind::kRole},
    Action{"OpenCase", Group::kManage, ResourceKind::kCase},
    Action{"ApproveCase", Group::kManage, ResourceKind::kCase},
    Action{"RefuseCase", Group::kManage, ResourceKind::kCase},
    Action{"ConfirmCase", Group::kManage, ResourceKind::kCase},
    Action{"CloseCase", Group::kManage, ResourceKind::kCase},
    Action{"ReloadPolicy", Group::kManage, ResourceKind::kServer},
    Action{"CreateAccessKey", Group::kManage, ResourceKind::kServer},
    Action{"ApproveAccessKey", Group::kManage, ResourceKind::kServer},
    Action{"ListAccessKeys", Group::kManage, ResourceKind::kServer},
    Action{"RevokeAccessKey", Group::kManage, ResourceKind::kServer},
    Action{"RotateAccessKey", Group::kManage, ResourceKind::kServer},
    Action{"ListRoles", Group::kManage, ResourceKind::kServer},
    Action{"RevokeSessions", Group::kManage, ResourceKind::kServer},

    Action{"DeleteCollection", Group::kErase, ResourceKind::kCollection},
    Action{"DeleteFaces", Group::kErase, ResourceKind::kCollection},
    Action{"DeleteUser", Group::kErase, ResourceKind::kCollection},
    Action{"DisassociateFaces", Group::kErase, ResourceKind::kCollection},
    Action{"EraseSubject", Group::kErase, ResourceKind::kCollection},
    Action{"SweepRetention", Group::kErase, ResourceKind::kServer},

    Action{"ExportCollection", Group::kShare, ResourceKind::kCollection},
    Action{"HandOverResult", Group::kShare, ResourceKind::kCollection},

    Action{"OpenReceipt", Group::kAudit, ResourceKind::kServer},
    Action{"VerifyCandidate", Group::kAudit, ResourceKind::kServer},
    Action{"Audit", Group::kAudit, ResourceKind::kServer},
    Action{"DescribeCase", Group::kAudit, ResourceKind::kCase},
    Action{"ListCases", Group::kAudit, ResourceKind::kServer},
    Action{"DescribePolicy", Group::kAudit, ResourceKind::kServer},
    Action{"RetentionStatus", Group::kAudit, ResourceKind::kServer},
};

static_assert(
    [] {
        for (std::size_t i = 0; i < kActions.size(); ++i)
            for (std::size_t k = 0; k < i; ++k)
                if (kActions[i].name == kActions[k].name) return false;
        return true;
    }(),
    "Cedar refuses a schema that declares an action twice");

/// The action of that name, or null: then nothing may be done, for policy cannot say what it is.
[[nodiscard]] const Action* find_action(std::string_view name) noexcept;

/// `enrol`, `identify`, …
[[nodiscard]] std::string_view name(Group group) noexcept;

/// Cedar's entity type: `Server`, `Collection`, `Role`, `Case`.
[[nodiscard]] std::string_view name(ResourceKind kind) noexcept;

/// All groups, in the enumeration's order.
[[nodiscard]] std::span<const Group> all_groups() noexcept;

}  // namespace visavis::policy
