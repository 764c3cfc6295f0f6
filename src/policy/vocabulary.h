// The closed lists that policies, keys, roles and cases choose from, and what a name may look like. A purpose
// or a basis outside its list is refused where it is typed in, so a rule never meets a word that it does not
// know.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace visavis::policy {

/// What a use of face recognition is for, e.g. `missing-child`. docs/policy.md explains each.
[[nodiscard]] std::span<const std::string_view> all_purposes() noexcept;

/// What an organisation does, e.g. `law-enforcement`.
[[nodiscard]] std::span<const std::string_view> all_sectors() noexcept;

/// What an enrolment may rest on, e.g. `consent`. "Found on the internet" is not among them.
[[nodiscard]] std::span<const std::string_view> all_bases() noexcept;

/// Success if `text` is in `list`; else kInvalidParameter: "`text` is no `what`; choose one of …".
[[nodiscard]] Result<void> one_of(std::string_view text, std::span<const std::string_view> list,
                                  std::string_view what);

/// Names of principals, organisations, collections, cases, roles: 1 to 255 of ASCII letters, digits and
/// `_.:@/=+,-`, so that no two names look alike. kInvalidParameter otherwise, saying which `what` it is.
[[nodiscard]] Result<void> check_name(std::string_view text, std::string_view what);

/// A basis as it is typed: `kind:reference`, e.g. `consent:2026-0481`.
struct Basis {
    std::string kind;
    std::string reference;
};

/// Both empty for an empty text. kInvalidParameter for a kind outside all_bases() or an empty reference.
[[nodiscard]] Result<Basis> parse_basis(std::string_view text);

}  // namespace visavis::policy
