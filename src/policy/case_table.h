// A table of `request → decision → deciding policies`: how a set of policies is tested (`visavis policy
// test`).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "policy/policy_set.h"

namespace visavis::policy {

struct TableRow {
    std::string name;
    Request request;
    Dates dates;                        ///< set for this row over the set's own
    bool allowed{};                     ///< expected
    std::vector<std::string> policies;  ///< expected to decide; sorted; empty: the default refusal
};

/// Reads TOML: tables organisations and principals as in directory.h, `collections.NAME` {owner, subjects,
/// purposes, bases, recipients, retention-days, tags}, and `[[check]]` rows (docs/policy.md lists their
/// keys). kInvalidParameter, naming the row, for anything misspelt or missing. `what` names the file.
[[nodiscard]] Result<std::vector<TableRow>> parse_table(std::string_view text, std::string_view what);

struct RowOutcome {
    std::string name;
    bool passed{};
    Decision decision;
    std::string difference;  ///< empty if passed; else expected and got, in one sentence
};

/// One outcome a row, in order.
[[nodiscard]] std::vector<RowOutcome> run_table(const PolicySet& set, const std::vector<TableRow>& rows);

}  // namespace visavis::policy
