// `visavis policy test`.
#include <filesystem>
#include <memory>

#include <fmt/core.h>

#include "base/file.h"
#include "commands.h"
#include "policy/case_table.h"
#include "policy_commands.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis policy test data/policy/cases.toml                   # against the policies beside it
  visavis policy test mine.toml --policy amazon-2020-moratorium
  visavis policy test illinois-bipa                            # a profile's own table
Exit 0: every row decided as it says; 1: some did not. docs/policy.md describes the table.
)";

struct Options {
    std::string table;
    std::string policies;
    bool json{false};
};

/// The table's text, and where the policies are unless --policy says.
Result<std::pair<std::string, std::string>> find_table(const std::string& table) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(table, ignored)) {
        const auto text = read_file(table, policy::kMaxPolicyFileBytes);
        if (!text) return std::unexpected(text.error());
        return std::pair{std::string(as_text(*text)),
                         std::filesystem::absolute(table).parent_path().string()};
    }
    auto text = policy_table(table);
    if (!text) return std::unexpected(text.error());
    return std::pair{std::move(*text), table};
}

int test(const Options& options) {
    const auto table = find_table(options.table);
    if (!table) return report(table.error());
    const auto set = policy_set(options.policies.empty() ? table->second : options.policies);
    if (!set) return report(set.error());
    const auto rows = policy::parse_table(table->first, options.table);
    if (!rows) return report(rows.error());

    std::size_t failed = 0;
    boost::json::array listed;
    for (const policy::RowOutcome& outcome : policy::run_table(**set, *rows)) {
        if (!outcome.passed) ++failed;
        if (options.json) {
            boost::json::object row = decision_json(outcome.decision);
            row["name"] = outcome.name;
            row["passed"] = outcome.passed;
            if (!outcome.passed) row["difference"] = outcome.difference;
            listed.push_back(std::move(row));
        } else if (outcome.passed) {
            fmt::print("ok    {}\n", outcome.name);
        } else {
            fmt::print("FAIL  {}\n      {}\n", outcome.name, outcome.difference);
        }
    }
    if (options.json)
        print_json(
            boost::json::object{{"passed", rows->size() - failed}, {"failed", failed}, {"rows", listed}});
    else
        fmt::print("{} passed, {} failed; policy set {}\n", rows->size() - failed, failed, (*set)->hash());
    return failed == 0 ? kDone : kNo;
}

}  // namespace

void add_policy_test(CLI::App& policy, int& exit_code) {
    CLI::App* command = policy.add_subcommand("test", "Run a table of request, decision, deciding policy");
    const auto options = std::make_shared<Options>();
    command->add_option("table", options->table, "Table (TOML), directory or profile")->required();
    command->add_option("--policy", options->policies, "Directory or profile to test")->type_name("PLACE");
    command->add_flag("--json", options->json, "Answer as JSON");
    command->footer(kExamples);
    command->callback([options, &exit_code] { exit_code = test(*options); });
}

}  // namespace visavis::app
