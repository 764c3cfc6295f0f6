#include "policy/directory.h"

#include <fmt/format.h>

#include "base/file.h"
#include "policy/toml_reading.h"
#include "policy/vocabulary.h"

namespace visavis::policy {
namespace {

constexpr std::size_t kMaxDirectoryBytes = 16UL << 20;

using Organisations = std::map<std::string, Organisation, std::less<>>;

Result<Organisation> read_organisation(std::string_view name, const toml::table& table,
                                       std::string_view what) {
    const std::string where = fmt::format("{}: organisations.{}", what, name);
    Organisation made{.name = std::string(name), .sector = {}, .registered_as = {}};
    TomlReader reader(table, where);
    reader.read("sector", made.sector).read("registered-as", made.registered_as);
    Result<void> checked = reader.finish();
    if (checked) checked = check_name(name, "organisation");
    if (checked) checked = one_of(made.sector, all_sectors(), "sector");
    if (!checked) return std::unexpected(checked.error());
    return made;
}

Result<Principal> read_principal(std::string_view name, const toml::table& table, std::string_view what,
                                 const Organisations& organisations) {
    const std::string where = fmt::format("{}: principals.{}", what, name);
    Principal made{.name = std::string(name), .organisation = {}, .role = {}};
    std::string organisation;
    TomlReader reader(table, where);
    reader.read("organisation", organisation)
        .read("role", made.role)
        .read("trained-until", made.trained_until);
    reader.read("root", made.root);
    Result<void> checked = reader.finish();
    if (checked) checked = check_name(name, "principal");
    if (!checked) return std::unexpected(checked.error());
    if (!organisation.empty()) {
        const auto found = organisations.find(organisation);
        if (found == organisations.end())
            return fail(ErrorCode::kInvalidParameter,
                        fmt::format("{}: there is no organisation `{}`", where, organisation));
        made.organisation = found->second;
    }
    return made;
}

}  // namespace

Result<Directory> Directory::parse(std::string_view text, std::string_view what, bool others) {
    const auto table = parse_toml(text, what);
    if (!table) return std::unexpected(table.error());
    if (!others) {
        TomlReader top(*table, std::string(what));
        if (auto checked = top.leave({"organisations", "principals"}).finish(); !checked)
            return std::unexpected(checked.error());
    }
    Organisations organisations;
    if (const auto* list = table->get_as<toml::table>("organisations"))
        for (const auto& [name, value] : *list) {
            const toml::table none;
            auto made = read_organisation(name.str(), value.is_table() ? *value.as_table() : none, what);
            if (!made) return std::unexpected(made.error());
            organisations.emplace(name.str(), std::move(*made));
        }
    Directory directory;
    if (const auto* list = table->get_as<toml::table>("principals"))
        for (const auto& [name, value] : *list) {
            const toml::table none;
            auto made =
                read_principal(name.str(), value.is_table() ? *value.as_table() : none, what, organisations);
            if (!made) return std::unexpected(made.error());
            directory.principals_.emplace(name.str(), std::move(*made));
        }
    return directory;
}

Result<Directory> Directory::load(const std::string& path) {
    const auto text = read_file(path, kMaxDirectoryBytes);
    if (!text && text.error().code == ErrorCode::kNotFound) return Directory{};
    if (!text) return std::unexpected(text.error());
    return parse(as_text(*text), path);
}

Principal Directory::principal(std::string_view name) const {
    if (const auto found = principals_.find(name); found != principals_.end()) return found->second;
    return {.name = std::string(name),
            .organisation = {},
            .role = {},
            .trained_until = {},
            .root = name == kRootPrincipal || name == kLocalOperator};
}

std::vector<std::string> Directory::names() const {
    std::vector<std::string> names;
    for (const auto& [name, principal] : principals_) names.push_back(name);
    return names;
}

}  // namespace visavis::policy
