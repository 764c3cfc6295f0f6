// Roles: what a temporary credential may be for. STS AssumeRole gives one; tags of the session choose among
// what the role names and can add nothing.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace visavis::policy {

inline constexpr std::chrono::seconds kShortestSession{900};  // AWS STS's own bounds
inline constexpr std::chrono::seconds kLongestSession{43'200};

struct RoleRule {
    std::string name;
    std::vector<std::string> principals;   ///< who may assume it
    std::vector<std::string> purposes;     ///< at least one, from the closed list
    std::vector<std::string> cases;        ///< empty: any case that is in force for the purpose, or none
    std::vector<std::string> collections;  ///< at least one
    std::vector<std::string> recipients;
    std::vector<std::string> bases;  ///< kinds of basis an enrolment may state
    std::chrono::seconds longest{3'600};
    bool needs_case{};  ///< a session without a case is refused
    bool live{};        ///< its sessions are a camera's
};

/// What session tags ask for; empty: nothing asked.
struct SessionWish {
    std::string purpose;
    std::string case_id;
    std::string recipient;
    std::string basis;                     ///< `kind:reference`
    std::vector<std::string> collections;  ///< empty: all of the role's
    bool live{};                           ///< granted by the role, never asked for
    std::chrono::seconds duration{3'600};
};

/// Immutable after parse(); thread-safe.
class Roles {
  public:
    Roles() = default;

    /// Tables `roles.NAME`. kInvalidParameter, naming the place, for an unknown key, a purpose or basis
    /// outside the lists, a bad name, or a role without principals, purposes or collections.
    [[nodiscard]] static Result<Roles> parse(std::string_view text, std::string_view what);

    /// parse() of the file; no roles if there is none.
    [[nodiscard]] static Result<Roles> load(const std::string& path);

    /// kNotFound.
    [[nodiscard]] Result<RoleRule> find(std::string_view name) const;

    [[nodiscard]] std::vector<RoleRule> list() const;

  private:
    std::map<std::string, RoleRule, std::less<>> roles_;
};

/// What the session of `principal` is bound to: the wish, with the role's only purpose filled in where none
/// was asked. kAccessDenied, in one sentence, if the role does not allow it; kInvalidParameter for a duration
/// outside STS's bounds.
[[nodiscard]] Result<SessionWish> grant(const RoleRule& role, std::string_view principal, SessionWish wish);

}  // namespace visavis::policy
