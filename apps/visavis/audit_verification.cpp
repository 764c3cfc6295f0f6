// `visavis audit verification`.
#include <fmt/core.h>

#include "audit/quality.h"
#include "audit/verification.h"
#include "audit_commands.h"
#include "commands.h"

namespace visavis::app {
namespace {

constexpr const char* kExample = R"(
Example:
  visavis audit verification --people congress/people.csv --photos congress/photos.csv --out congress-report
  visavis audit verification --people lfw/people.csv --photos lfw/images --central --out lfw-report
  visavis audit verification --people congress/people.csv --photos congress/photos.csv \
      --against https://rekognition.us-east-1.amazonaws.com --out amazon)";

int run(const AuditOptions& options, const audit::DataSetSource& source) {
    auto subject = open_subject(options);
    if (!subject) return report(subject.error());
    const auto document = report_verification(**subject, source, options.central, method_of(options));
    if (!document) return report(document.error());
    if (const auto written = write_report(*document, options); !written) return report(written.error());
    return kDone;
}

}  // namespace

Result<audit::Report> report_verification(Subject& subject, const audit::DataSetSource& source, bool central,
                                          const audit::Method& method) {
    const auto set = subject.recognised(source, central);
    if (!set) return std::unexpected(set.error());
    auto result = audit::verification(*set, subject.comparer(), method);
    if (!result) return std::unexpected(result.error());
    audit::Report document{.audit = "verification",
                           .title = fmt::format("How often two faces are judged wrongly: {}", set->name),
                           .command = {},
                           .system = subject.system(),
                           .data = {set->composition},
                           .sections = std::move(result->sections),
                           .methods = std::move(result->methods),
                           .limits = std::move(result->limits)};
    // An API would have to be asked three times more a picture; `audit quality` does that.
    if (dynamic_cast<const Instrument*>(&subject) != nullptr)
        for (audit::Section& section : audit::quality(*set, audit::judge_set(*set), method)) {
            // Compared in reports of `audit quality`: an endpoint's report of verification lacks these rates.
            for (audit::Table& table : section.tables) table.id.clear();
            document.sections.push_back(std::move(section));
        }
    return document;
}

void add_audit_verification(CLI::App& audit, int& exit_code) {
    auto* command = audit.add_subcommand("verification", "compare every picture of a labelled set");
    command->footer(kExample);
    const auto source = add_set_options(*command);
    const auto options = add_audit_options(*command);
    add_against_option(*command, options);
    command->callback([=, &exit_code] { exit_code = run(*options, *source); });
}

}  // namespace visavis::app
