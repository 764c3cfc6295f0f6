// `visavis audit quality`.
#include <fmt/core.h>

#include "audit/quality.h"
#include "audit_commands.h"
#include "commands.h"

namespace visavis::app {
namespace {

int run(const AuditOptions& options, const audit::DataSetSource& source) {
    auto subject = open_subject(options);
    if (!subject) return report(subject.error());
    const auto document = report_quality(**subject, source, options.central, method_of(options));
    if (!document) return report(document.error());
    if (const auto written = write_report(*document, options); !written) return report(written.error());
    return kDone;
}

}  // namespace

Result<audit::Report> report_quality(Subject& subject, const audit::DataSetSource& source, bool central,
                                     const audit::Method& method) {
    const auto set = subject.recognised(source, central);
    if (!set) return std::unexpected(set.error());
    const auto answers = subject.judge(*set);
    if (!answers) return std::unexpected(answers.error());
    return audit::Report{
        .audit = "quality",
        .title = fmt::format("Whom the quality filter refuses: {}", set->name),
        .command = {},
        .system = subject.system(),
        .data = {set->composition},
        .sections = audit::quality(*set, *answers, method),
        .methods =
            {"Each picture's chosen face is judged by QualityFilter LOW, MEDIUM and HIGH, which "
             "are the same for everyone. 95 % intervals: Wilson's over pictures where nobody has two, else "
             "bootstrap over people; where none or all are refused, three over their number."},
        .limits = {"A group's photographs may differ from another's in age, source and light."}};
}

void add_audit_quality(CLI::App& audit, int& exit_code) {
    auto* command = audit.add_subcommand("quality", "whom the quality filter refuses");
    const auto source = add_set_options(*command);
    const auto options = add_audit_options(*command);
    add_against_option(*command, options);
    command->callback([=, &exit_code] { exit_code = run(*options, *source); });
}

}  // namespace visavis::app
