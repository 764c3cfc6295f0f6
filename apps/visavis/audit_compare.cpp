// `visavis audit compare`.
#include <fmt/core.h>

#include "audit/compare_reports.h"
#include "audit_commands.h"
#include "commands.h"

namespace visavis::app {
namespace {

constexpr const char* kExample = R"(
Examples:
  visavis audit compare before/report.json after/report.json --out difference
  visavis audit compare ours/report.json amazon/report.json --out ours-and-amazon

Exit code: 0 if both hold the same rates and B is nowhere worse than A, 1 if it is somewhere (beyond doubt at 95 %), 2 if
they cannot be compared, 4 if B is worse in nothing that was compared, but some rates stand in one report alone.)";

struct Options {
    std::string a;
    std::string b;
    bool other_data{};
};

int run(const Options& wanted, const AuditOptions& options) {
    const auto a = audit::read_report_file(wanted.a);
    if (!a) return report(a.error());
    const auto b = audit::read_report_file(wanted.b);
    if (!b) return report(b.error());
    const auto made = audit::compare_reports(*a, *b, wanted.other_data);
    if (!made) return report(made.error());
    if (const auto written = write_report(made->report, options); !written) return report(written.error());
    if (made->worse > 0) return kNo;
    return made->only_a + made->only_b == 0 ? kDone : kBroken;
}

}  // namespace

void add_audit_compare(CLI::App& audit, int& exit_code) {
    auto* command =
        audit.add_subcommand("compare", "two reports of one audit side by side: what is better or worse");
    command->footer(kExample);
    const auto wanted = std::make_shared<Options>();
    const auto options = std::make_shared<AuditOptions>();
    options->resamples = 0;
    command->add_option("A", wanted->a, "report.json of the first system")->required();
    command->add_option("B", wanted->b, "report.json of the second system")->required();
    command->add_flag("--different-data", wanted->other_data,
                      "compare reports on different pictures or labels, too");
    command->add_option("--out", options->out, "directory for report.html and report.json")->required();
    command->add_flag("--json", options->json, "print report.json to standard output");
    command->callback([=, &exit_code] { exit_code = run(*wanted, *options); });
}

}  // namespace visavis::app
