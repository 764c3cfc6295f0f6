#include "policy/case_table.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "policy/actions.h"
#include "policy/directory.h"
#include "policy/policy_source.h"
#include "policy/toml_reading.h"
#include "policy/vocabulary.h"

namespace visavis::policy {
namespace {

constexpr TimePoint kUsualTime =
    std::chrono::sys_days(std::chrono::year(2026) / 6 / 15) + std::chrono::hours(12);

using Collections = std::map<std::string, Collection, std::less<>>;

Result<Collections> read_collections(const toml::table& table, std::string_view what) {
    Collections made;
    const auto* list = table.get_as<toml::table>("collections");
    if (list == nullptr) return made;
    for (const auto& [name, value] : *list) {
        const toml::table none;
        const toml::table& entry = value.is_table() ? *value.as_table() : none;
        Collection collection;
        collection.name = name.str();
        TomlReader reader(entry, fmt::format("{}: collections.{}", what, name.str()));
        reader.read("owner", collection.owner).read("subjects", collection.subjects);
        reader.read("purposes", collection.purposes).read("bases", collection.bases);
        reader.read("recipients", collection.recipients).read("retention-days", collection.retention_days);
        if (auto checked = reader.leave({"tags"}).finish(); !checked) return std::unexpected(checked.error());
        if (const auto* tags = entry.get_as<toml::table>("tags"))
            for (const auto& [key, tag] : *tags)
                collection.tags.emplace_back(key.str(), tag.value_or(std::string()));
        made.emplace(name.str(), std::move(collection));
    }
    return made;
}

Result<CaseInForce> read_case(const toml::table& table, const std::string& where, const Context& context) {
    CaseInForce made{.id = "case-1",
                     .purpose = context.purpose,
                     .requester = {},
                     .approver = {},
                     .authorisation = {},
                     .opened = context.now - std::chrono::hours(1),
                     .expires = context.now + std::chrono::hours(1)};
    TomlReader reader(table, where + ".case");
    reader.read("id", made.id).read("purpose", made.purpose).read("requester", made.requester);
    reader.read("approver", made.approver).read("authorisation", made.authorisation);
    reader.read("opened", made.opened).read("expires", made.expires).read("urgent", made.urgent);
    reader.read("confirmations", made.confirmations);
    if (auto checked = reader.finish(); !checked) return std::unexpected(checked.error());
    return made;
}

Result<void> read_context(const toml::table& row, TomlReader& reader, const std::string& where,
                          Context& context) {
    context.credential.kind = "key";
    context.now = kUsualTime;
    std::int64_t weekday = 1;
    std::int64_t hour = 12;
    reader.read("at", context.now).read("purpose", context.purpose).read("recipient", context.recipient);
    reader.read("basis-kind", context.basis_kind).read("basis-reference", context.basis_reference);
    reader.read("hour", hour).read("weekday", weekday).read("source-address", context.source_address);
    reader.read("threshold", context.threshold).read("fmr-per-trillion", context.fmr_per_trillion);
    reader.read("gallery-size", context.gallery_size).read("attributes", context.attributes);
    reader.read("confirmations", context.confirmations);
    reader.read("live", context.live).read("clock-set-back", context.clock_set_back);
    context.hour = static_cast<int>(hour);
    context.weekday = static_cast<int>(weekday);
    reader.leave({"credential", "case", "dates"});
    if (const auto* credential = row.get_as<toml::table>("credential")) {
        TomlReader inner(*credential, where + ".credential");
        inner.read("kind", context.credential.kind).read("collections", context.credential.collections);
        inner.read("case", context.credential.case_id).read("approver", context.credential.approver);
        if (auto checked = inner.finish(); !checked) return checked;
    }
    if (const auto* open = row.get_as<toml::table>("case")) {
        auto made = read_case(*open, where, context);
        if (!made) return std::unexpected(made.error());
        context.case_in_force = std::move(*made);
    }
    return {};
}

Result<void> read_role(const toml::table& row, const std::string& where, Request& request) {
    if (const auto* role = row.get_as<toml::table>("role")) {
        TomlReader inner(*role, where + ".role");
        inner.read("name", request.role.name).read("purposes", request.role.purposes);
        inner.read("collections", request.role.collections).read("recipients", request.role.recipients);
        if (auto checked = inner.finish(); !checked) return checked;
    }
    if (const auto* record = row.get_as<toml::table>("case-record")) {
        TomlReader inner(*record, where + ".case-record");
        inner.read("id", request.case_record.id).read("requester", request.case_record.requester);
        inner.read("purpose", request.case_record.purpose);
        if (auto checked = inner.finish(); !checked) return checked;
    }
    return {};
}

Result<TableRow> read_row(const toml::table& row, std::string where, const Directory& directory,
                          const Collections& collections) {
    TableRow made;
    std::string principal;
    std::string collection;
    std::string decision;
    TomlReader reader(row, where);
    reader.read("name", made.name).read("principal", principal).read("action", made.request.action);
    reader.read("collection", collection).read("decision", decision).read("policies", made.policies);
    reader.leave({"role", "case-record"});
    where += fmt::format(" (`{}`)", made.name);
    const auto refuse = [&](std::string_view why) {
        return fail(ErrorCode::kInvalidParameter, fmt::format("{}: {}", where, why));
    };
    Result<void> checked = read_context(row, reader, where, made.request.context);
    if (checked) checked = read_role(row, where, made.request);
    if (checked) checked = reader.finish();
    if (!checked) return std::unexpected(checked.error());
    if (decision != "allow" && decision != "deny") return refuse("`decision` must be allow or deny");
    if (find_action(made.request.action) == nullptr)
        return refuse(fmt::format("`{}` is no action", made.request.action));
    made.allowed = decision == "allow";
    std::ranges::sort(made.policies);
    made.request.principal = directory.principal(principal);
    if (const auto found = collections.find(collection); found != collections.end())
        made.request.collection = found->second;
    else if (!collection.empty())
        return refuse(fmt::format("there is no collection `{}` in the table", collection));
    if (const auto* dates = row.get_as<toml::table>("dates")) {
        std::ostringstream text;
        text << toml::table{{"dates", *dates}};
        auto read = parse_parameters(text.str());
        if (!read) return refuse(read.error().message);
        made.dates = std::move(*read);
    }
    return made;
}

std::string words(bool allowed, const std::vector<std::string>& policies) {
    return fmt::format("{} by {}", allowed ? "allow" : "deny",
                       policies.empty() ? "default" : fmt::format("`{}`", fmt::join(policies, "`, `")));
}

}  // namespace

Result<std::vector<TableRow>> parse_table(std::string_view text, std::string_view what) {
    const auto table = parse_toml(text, what);
    if (!table) return std::unexpected(table.error());
    TomlReader top(*table, std::string(what));
    top.leave({"organisations", "principals", "collections", "check"});
    if (auto checked = top.finish(); !checked) return std::unexpected(checked.error());
    const auto directory = Directory::parse(text, what, true);
    if (!directory) return std::unexpected(directory.error());
    const auto collections = read_collections(*table, what);
    if (!collections) return std::unexpected(collections.error());

    std::vector<TableRow> rows;
    if (const auto* list = table->get_as<toml::array>("check"))
        for (const toml::node& node : *list) {
            const toml::table none;
            auto row =
                read_row(node.is_table() ? *node.as_table() : none,
                         fmt::format("{}:{}: check {}", what, node.source().begin.line, rows.size() + 1),
                         *directory, *collections);
            if (!row) return std::unexpected(row.error());
            rows.push_back(std::move(*row));
        }
    if (rows.empty())
        return fail(ErrorCode::kInvalidParameter, fmt::format("{}: there is no [[check]]", what));
    return rows;
}

std::vector<RowOutcome> run_table(const PolicySet& set, const std::vector<TableRow>& rows) {
    std::vector<RowOutcome> outcomes;
    for (const TableRow& row : rows) {
        Dates dates = row.dates;
        dates.insert(set.dates().begin(), set.dates().end());
        RowOutcome outcome{.name = row.name,
                           .passed = false,
                           .decision = set.authorise(row.request, dates),
                           .difference = {}};
        std::ranges::sort(outcome.decision.policies);
        outcome.passed = outcome.decision.allowed == row.allowed && outcome.decision.policies == row.policies;
        if (!outcome.passed)
            outcome.difference = fmt::format("expected {}, got {}: {}", words(row.allowed, row.policies),
                                             words(outcome.decision.allowed, outcome.decision.policies),
                                             outcome.decision.explanation);
        outcomes.push_back(std::move(outcome));
    }
    return outcomes;
}

}  // namespace visavis::policy
