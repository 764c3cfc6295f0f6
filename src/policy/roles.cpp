#include "policy/roles.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/file.h"
#include "policy/toml_reading.h"
#include "policy/vocabulary.h"

namespace visavis::policy {
namespace {

constexpr std::size_t kMaxRolesBytes = 4UL << 20;

bool holds(const std::vector<std::string>& list, std::string_view text) {
    return std::ranges::find(list, text) != list.end();
}

Result<void> check_role(const RoleRule& role, const std::string& where) {
    const auto refuse = [&](std::string_view why) {
        return fail(ErrorCode::kInvalidParameter, fmt::format("{}: {}", where, why));
    };
    if (auto checked = check_name(role.name, "role"); !checked) return checked;
    if (role.principals.empty()) return refuse("`principals` names nobody");
    if (role.purposes.empty()) return refuse("`purposes` names none");
    if (role.collections.empty()) return refuse("`collections` names none");
    for (const std::string& purpose : role.purposes)
        if (auto checked = one_of(purpose, all_purposes(), "purpose"); !checked)
            return refuse(checked.error().message);
    for (const std::string& basis : role.bases)
        if (auto checked = one_of(basis, all_bases(), "basis"); !checked)
            return refuse(checked.error().message);
    for (const auto* list : {&role.principals, &role.cases, &role.collections, &role.recipients})
        for (const std::string& text : *list)
            if (auto checked = check_name(text, "name"); !checked) return refuse(checked.error().message);
    if (role.longest < kShortestSession || role.longest > kLongestSession)
        return refuse(fmt::format("`longest-seconds` must be {} to {}", kShortestSession.count(),
                                  kLongestSession.count()));
    return {};
}

std::unexpected<Error> denied(const RoleRule& role, std::string_view what, std::string_view value,
                              const std::vector<std::string>& named) {
    return fail(
        ErrorCode::kAccessDenied,
        fmt::format("the role `{}` is not for the {} `{}`{}", role.name, what, value,
                    named.empty() ? std::string() : fmt::format(" (it names {})", fmt::join(named, ", "))));
}

}  // namespace

Result<Roles> Roles::parse(std::string_view text, std::string_view what) {
    const auto table = parse_toml(text, what);
    if (!table) return std::unexpected(table.error());
    TomlReader top(*table, std::string(what));
    if (auto checked = top.leave({"roles"}).finish(); !checked) return std::unexpected(checked.error());
    Roles roles;
    const auto* list = table->get_as<toml::table>("roles");
    if (list == nullptr) return roles;
    for (const auto& [name, value] : *list) {
        const toml::table none;
        const std::string where = fmt::format("{}: roles.{}", what, name.str());
        RoleRule role{.name = std::string(name.str()),
                      .principals = {},
                      .purposes = {},
                      .cases = {},
                      .collections = {},
                      .recipients = {},
                      .bases = {}};
        std::int64_t longest = role.longest.count();
        TomlReader reader(value.is_table() ? *value.as_table() : none, where);
        reader.read("principals", role.principals).read("purposes", role.purposes).read("cases", role.cases);
        reader.read("collections", role.collections)
            .read("recipients", role.recipients)
            .read("bases", role.bases);
        reader.read("longest-seconds", longest).read("needs-case", role.needs_case);
        reader.read("live", role.live);
        role.longest = std::chrono::seconds(longest);
        Result<void> checked = reader.finish();
        if (checked) checked = check_role(role, where);
        if (!checked) return std::unexpected(checked.error());
        roles.roles_.emplace(role.name, std::move(role));
    }
    return roles;
}

Result<Roles> Roles::load(const std::string& path) {
    const auto text = read_file(path, kMaxRolesBytes);
    if (!text && text.error().code == ErrorCode::kNotFound) return Roles{};
    if (!text) return std::unexpected(text.error());
    return parse(as_text(*text), path);
}

Result<RoleRule> Roles::find(std::string_view name) const {
    if (const auto found = roles_.find(name); found != roles_.end()) return found->second;
    return fail(ErrorCode::kNotFound, fmt::format("there is no role `{}`", name));
}

std::vector<RoleRule> Roles::list() const {
    std::vector<RoleRule> all;
    for (const auto& [name, role] : roles_) all.push_back(role);
    return all;
}

Result<SessionWish> grant(const RoleRule& role, std::string_view principal, SessionWish wish) {
    if (!holds(role.principals, principal))
        return fail(ErrorCode::kAccessDenied,
                    fmt::format("the role `{}` may not be assumed by `{}`", role.name, principal));
    if (wish.duration < kShortestSession || wish.duration > kLongestSession)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("a session lasts {} to {} seconds, not {}", kShortestSession.count(),
                                kLongestSession.count(), wish.duration.count()));
    if (wish.duration > role.longest)
        return fail(ErrorCode::kAccessDenied,
                    fmt::format("a session of the role `{}` lasts at most {} seconds", role.name,
                                role.longest.count()));
    if (wish.purpose.empty() && role.purposes.size() == 1) wish.purpose = role.purposes.front();
    if (!holds(role.purposes, wish.purpose)) return denied(role, "purpose", wish.purpose, role.purposes);
    if (wish.case_id.empty() && role.needs_case)
        return fail(ErrorCode::kAccessDenied, fmt::format("the role `{}` needs a case", role.name));
    if (!wish.case_id.empty() && !role.cases.empty() && !holds(role.cases, wish.case_id))
        return denied(role, "case", wish.case_id, role.cases);
    if (!wish.recipient.empty() && !holds(role.recipients, wish.recipient))
        return denied(role, "recipient", wish.recipient, role.recipients);
    if (!wish.basis.empty()) {
        const auto basis = parse_basis(wish.basis);
        if (!basis) return std::unexpected(basis.error());
        if (!holds(role.bases, basis->kind)) return denied(role, "basis", basis->kind, role.bases);
    }
    for (const std::string& collection : wish.collections)
        if (!holds(role.collections, collection))
            return denied(role, "collection", collection, role.collections);
    if (wish.collections.empty()) wish.collections = role.collections;
    wish.live = wish.live || role.live;
    return wish;
}

}  // namespace visavis::policy
