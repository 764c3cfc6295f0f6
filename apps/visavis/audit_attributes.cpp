// `visavis audit attributes`.
#include <fmt/core.h>

#include "audit/attributes.h"
#include "audit_commands.h"
#include "commands.h"

namespace visavis::app {
namespace {

constexpr const char* kExample = R"(
Example, the faces that the attribute head was not trained on:
  visavis audit attributes --data ../shared/data --labels training/attributes/held_out.csv --central --out attributes

The table needs the columns `file`, `gender` (F, M) and `age` (bands such as 20-29); others, such as `race`, make groups.)";

int run(const AuditOptions& options, const audit::DataSetSource& source) {
    auto instrument = Instrument::open(options);
    if (!instrument) return report(instrument.error());
    const auto document = report_attributes(**instrument, source, options.central);
    if (!document) return report(document.error());
    if (const auto written = write_report(*document, options); !written) return report(written.error());
    return kDone;
}

}  // namespace

Result<audit::Report> report_attributes(Instrument& instrument, const audit::DataSetSource& source,
                                        bool central) {
    const auto set = instrument.recognised(source, central);
    if (!set) return std::unexpected(set.error());
    const auto answers =
        audit::describe_set(*set, *instrument.pipeline, instrument.threads, show_pictures_done);
    if (!answers) return std::unexpected(answers.error());
    auto sections = audit::attributes(*set, *answers);
    if (!sections) return std::unexpected(sections.error());
    return audit::Report{
        .audit = "attributes",
        .title = fmt::format("How often gender and age are wrong: {}", set->name),
        .command = {},
        .system = instrument.system(),
        .data = {set->composition},
        .sections = std::move(*sections),
        .methods = {"DetectFaces' Gender and AgeRange of each picture's chosen face, against its label. "
                    "Pictures in which no face was found are counted in the data's table, not here. Wilson's "
                    "95 % interval over pictures."},
        .limits = {"Labels are somebody's perception of a face, not the person's own word.",
                   "A group's photographs may differ from another's in age, source and light."}};
}

void add_audit_attributes(CLI::App& audit, int& exit_code) {
    auto* command = audit.add_subcommand("attributes", "gender and age against labels, by group");
    command->footer(kExample);
    const auto source = std::make_shared<audit::DataSetSource>();
    source->group_by = {"race", "gender", "age"};
    command
        ->add_option("--data", source->root,
                     "folder in which the table's files lie (default: beside the table)")
        ->type_name("DIR");
    command->add_option("--labels", source->people, "CSV with `file`, `gender`, `age`")
        ->required()
        ->type_name("CSV");
    command->add_option("--group-by", source->group_by, "label columns; must hold gender and age")
        ->delimiter(',')
        ->capture_default_str();
    command->add_option("--labelled-by", source->labels, "who made the labels, for the report");
    command->add_option("--name", source->name, "name of the data set, for the report");
    const auto options = add_audit_options(*command);
    command->callback([=, &exit_code] { exit_code = run(*options, *source); });
}

}  // namespace visavis::app
