// `visavis audit attributes`.
#include <filesystem>

#include <fmt/core.h>

#include "audit/attributes.h"
#include "audit_commands.h"
#include "commands.h"

namespace visavis::app {
namespace {

constexpr const char* kExample = R"(
Example, faces that nothing was trained on (gender and age; smile, mouth and eyes; pose):
  visavis audit attributes --data ../shared/data --central --out attributes \
      --labels training/attributes/held_out.csv \
      --labels training/attributes/states_held_out.csv \
      --labels ../shared/data/mugshots/labels.csv --reversed roll

A table needs the column `file` and some of these: gender or sex (F, M); age (bands such as 20-29); race,
ethnicity or country; smile, mouth_open, eyes_open (1, 0 or empty); roll, yaw, pitch (degrees).)";

/// Sections of one table, whose composition is added to the document.
Result<std::vector<audit::Section>> add_table(Subject& subject, bool central, audit::DataSetSource source,
                                              const AttributeTables& tables, audit::Report& document) {
    if (source.group_by.empty()) {
        auto columns = audit::attribute_group_columns(source.people);
        if (!columns) return std::unexpected(columns.error());
        source.group_by = std::move(*columns);
    }
    const auto set = subject.recognised(source, central);
    if (!set) return std::unexpected(set.error());
    const auto labels = audit::read_attribute_labels(source.people, *set, tables.reversed);
    if (!labels) return std::unexpected(labels.error());
    const auto answers = subject.describe(*set);
    if (!answers) return std::unexpected(answers.error());
    document.data.push_back(set->composition);
    return audit::attributes(*set, *labels, *answers);
}

int run(const AuditOptions& options, const AttributeTables& tables) {
    auto subject = open_subject(options);
    if (!subject) return report(subject.error());
    const auto document = report_attributes(**subject, tables, options.central);
    if (!document) return report(document.error());
    if (const auto written = write_report(*document, options); !written) return report(written.error());
    return kDone;
}

}  // namespace

Result<audit::Report> report_attributes(Subject& subject, const AttributeTables& tables, bool central) {
    audit::Report document{
        .audit = "attributes",
        .title = "How often attributes are wrong, and for whom",
        .command = {},
        .system = {},
        .data = {},
        .sections = {},
        .methods = {"DetectFaces' attributes of each picture's chosen face, against its label. Pictures in "
                    "which no face was found count among the failures only. Wilson's 95 % interval over "
                    "pictures; a rate of fewer than 30 is not given."},
        .limits = {"Labels are somebody's perception of a face, not the person's own word.",
                   "A group's photographs may differ from another's in age, source and light.",
                   "Landmarks are compared with another network and with themselves, not with the truth."}};
    for (const std::string& labels : tables.labels) {
        audit::DataSetSource source = tables.source;
        source.people = labels;
        // `mugshots/labels.csv` is the set of mugshots, not of labels.
        const std::filesystem::path path(labels);
        if (source.name.empty() && path.stem() == "labels" && path.has_parent_path())
            source.name = path.parent_path().filename().string();
        auto added = add_table(subject, central, source, tables, document);
        if (!added) return std::unexpected(added.error());
        for (audit::Section& section : *added) {
            if (tables.labels.size() > 1) {
                section.id += fmt::format("-{}", document.data.size());
                section.title += fmt::format(" ({})", document.data.back()->name);
            }
            document.sections.push_back(std::move(section));
        }
    }
    document.system = subject.system();
    return document;
}

void add_audit_attributes(CLI::App& audit, int& exit_code) {
    auto* command = audit.add_subcommand("attributes", "what is said of faces, against labels, by group");
    command->footer(kExample);
    const auto tables = std::make_shared<AttributeTables>();
    command
        ->add_option("--data", tables->source.root,
                     "folder in which the tables' files lie (default: beside the table)")
        ->type_name("DIR");
    command->add_option("--labels", tables->labels, "CSV with `file` and labels; may be given several times")
        ->required()
        ->allow_extra_args(false)
        ->type_name("CSV");
    command
        ->add_option(
            "--group-by", tables->source.group_by,
            "columns of the table of who was measured (default: race, gender and age as far as there "
            "are)")
        ->delimiter(',');
    command
        ->add_option("--reversed", tables->reversed,
                     "angles that the tables count the other way round than DetectFaces: roll, yaw, pitch")
        ->delimiter(',')
        ->check(CLI::IsMember({"roll", "yaw", "pitch"}));
    command->add_option("--labelled-by", tables->source.labels, "who made the labels, for the report");
    command->add_option("--name", tables->source.name, "name of the data set, for the report");
    const auto options = add_audit_options(*command);
    add_against_option(*command, options);
    command->callback([=, &exit_code] { exit_code = run(*options, *tables); });
}

}  // namespace visavis::app
