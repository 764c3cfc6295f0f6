// `visavis audit compare`.
#include <fmt/core.h>

#include "audit/compare_reports.h"
#include "audit_commands.h"
#include "base/bytes.h"
#include "base/file.h"
#include "commands.h"

namespace visavis::app {
namespace {

constexpr const char* kExample = R"(
Examples:
  visavis audit compare before/report.json after/report.json --out difference
  visavis audit compare ours/report.json amazon/report.json --out ours-and-amazon

Exit code: 0 if B is nowhere worse than A, 1 if it is somewhere (beyond doubt at 95 %), 2 if they cannot be compared.)";

constexpr std::size_t kMostBytes = std::size_t{256} << 20;

struct Options {
    std::string a;
    std::string b;
    bool other_data{};
};

Result<audit::ReadReport> read(const std::string& path) {
    const auto bytes = read_file(path, kMostBytes);
    if (!bytes) return fail(ErrorCode::kNotFound, fmt::format("`{}` cannot be read", path));
    return audit::read_report(as_text(*bytes), path);
}

int run(const Options& wanted, const AuditOptions& options) {
    const auto a = read(wanted.a);
    if (!a) return report(a.error());
    const auto b = read(wanted.b);
    if (!b) return report(b.error());
    const auto made = audit::compare_reports(*a, *b, wanted.other_data);
    if (!made) return report(made.error());
    if (const auto written = write_report(made->report, options); !written) return report(written.error());
    return made->worse == 0 ? kDone : kNo;
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
