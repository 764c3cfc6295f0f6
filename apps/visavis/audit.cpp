// `visavis audit`: error rates, measured by whoever runs it, on their own photographs.
#include <algorithm>

#include <fmt/core.h>

#include "audit/calibrate.h"
#include "audit/false_matches.h"
#include "audit/quality.h"
#include "audit/verification.h"
#include "audit_commands.h"
#include "base/file.h"
#include "commands.h"

namespace visavis::app {

void add_audit(CLI::App& app, int& exit_code);

namespace {

constexpr const char* kFalseMatchesExample = R"(
Example, the test of the ACLU (2018) with other faces as gallery:
  visavis audit false-matches --probes congress/115th --people congress/people.csv \
      --gallery fairface/images --threshold 80,95,99 --out aclu

The gallery may hold the probes themselves. Look at every pair in OUT/suspects.csv, write `same` or `different` into
its last column, and run again with --verdicts that file: pairs marked `same` are then left out.)";

constexpr const char* kVerificationExample = R"(
Example:
  visavis audit verification --people congress/people.csv --photos congress/photos.csv --out congress-report
  visavis audit verification --people lfw/people.csv --photos lfw/images --central --out lfw-report)";

/// Options of one labelled set.
std::shared_ptr<audit::DataSetSource> add_set_options(CLI::App& command) {
    auto source = std::make_shared<audit::DataSetSource>();
    command.add_option("--people", source->people, "CSV with labels; its first column names the person");
    command.add_option("--photos", source->photos,
                       "CSV with a column `file`, or a folder (a folder of folders: one a person)");
    command.add_option("--group-by", source->group_by, "label columns, e.g. race,gender")->delimiter(',');
    command.add_option("--labels", source->labels, "who made the labels, for the report");
    command.add_option("--name", source->name, "name of the data set, for the report");
    return source;
}

audit::Method method_of(const AuditOptions& options, const Instrument& instrument) {
    audit::Method method{.thresholds = options.thresholds,
                         .resamples = options.resamples,
                         .seed = options.seed,
                         .threads = static_cast<std::size_t>(instrument.threads)};
    std::ranges::sort(method.thresholds);
    return method;
}

int run_false_matches(const AuditOptions& options, const audit::DataSetSource& probes_source,
                      const std::string& gallery_folder, const std::string& verdicts) {
    auto instrument = Instrument::open(options);
    if (!instrument) return report(instrument.error());
    const auto probes = (*instrument)->recognised(probes_source, options.central);
    if (!probes) return report(probes.error());
    const bool table = gallery_folder.ends_with(".csv");
    const auto gallery = (*instrument)
                             ->recognised({.name = {},
                                           .people = table ? gallery_folder : std::string(),
                                           .photos = table ? std::string() : gallery_folder,
                                           .group_by = {},
                                           .labels = "none used"},
                                          false);
    if (!gallery) return report(gallery.error());
    audit::SamePerson confirmed;
    if (!verdicts.empty()) {
        auto read = audit::read_verdicts(verdicts);
        if (!read) return report(read.error());
        confirmed = std::move(*read);
    }
    const auto method = method_of(options, **instrument);
    const auto result = audit::false_matches(*probes, *gallery, confirmed, (*instrument)->normaliser,
                                             (*instrument)->scale, (*instrument)->pack.dimension, method);
    const audit::Report document{.audit = "false-matches",
                                 .title = "Who is taken for somebody else",
                                 .command = {},
                                 .system = (*instrument)->system(),
                                 .data = {probes->composition, gallery->composition},
                                 .sections = result.sections,
                                 .methods = result.methods,
                                 .limits = result.limits};
    if (const auto written = write_report(document, options); !written) return report(written.error());
    const std::string suspects = audit::suspects_csv(result, *probes, *gallery);
    if (const auto written = replace_file(options.out + "/suspects.csv", as_bytes(suspects)); !written)
        return report(written.error());
    return kDone;
}

int run_verification(const AuditOptions& options, const audit::DataSetSource& source) {
    auto instrument = Instrument::open(options);
    if (!instrument) return report(instrument.error());
    const auto set = (*instrument)->recognised(source, options.central);
    if (!set) return report(set.error());
    const auto result = audit::verification(*set, (*instrument)->normaliser, (*instrument)->scale,
                                            (*instrument)->pack.dimension, method_of(options, **instrument));
    audit::Report document{.audit = "verification",
                           .title = fmt::format("How often two faces are judged wrongly: {}", set->name),
                           .command = {},
                           .system = (*instrument)->system(),
                           .data = {set->composition},
                           .sections = result.sections,
                           .methods = result.methods,
                           .limits = result.limits};
    for (audit::Section& section : audit::quality(*set)) document.sections.push_back(std::move(section));
    if (const auto written = write_report(document, options); !written) return report(written.error());
    return kDone;
}

int run_quality(const AuditOptions& options, const audit::DataSetSource& source) {
    auto instrument = Instrument::open(options);
    if (!instrument) return report(instrument.error());
    const auto set = (*instrument)->recognised(source, options.central);
    if (!set) return report(set.error());
    const audit::Report document{
        .audit = "quality",
        .title = fmt::format("Whom the quality filter refuses: {}", set->name),
        .command = {},
        .system = (*instrument)->system(),
        .data = {set->composition},
        .sections = audit::quality(*set),
        .methods = {"Each picture's chosen face is judged by the bounds of QualityFilter, which "
                    "are the same for everyone. Wilson's 95 % interval over pictures."},
        .limits = {"A group's photographs may differ from another's in age, source and light."}};
    if (const auto written = write_report(document, options); !written) return report(written.error());
    return kDone;
}

}  // namespace

void add_audit(CLI::App& app, int& exit_code) {
    auto* audit = app.add_subcommand("audit", "measure error rates on photographs, by group, with intervals");
    audit->require_subcommand(1);

    auto* false_matches = audit->add_subcommand("false-matches", "search known people among others");
    false_matches->footer(kFalseMatchesExample);
    const auto probes = std::make_shared<audit::DataSetSource>();
    const auto gallery = std::make_shared<std::string>();
    const auto verdicts = std::make_shared<std::string>();
    false_matches->add_option("--probes", probes->photos, "folder or CSV of the people who are searched")
        ->required();
    false_matches->add_option("--people", probes->people,
                              "CSV with their labels; its first column names the person");
    false_matches->add_option("--group-by", probes->group_by, "label columns, e.g. ethnicity,gender")
        ->delimiter(',');
    false_matches->add_option("--labels", probes->labels, "who made the labels, for the report");
    false_matches->add_option("--name", probes->name, "name of the probes' data set, for the report");
    false_matches->add_option("--gallery", *gallery, "folder or CSV of other people's faces")->required();
    false_matches->add_option("--verdicts", *verdicts, "suspects.csv that a person went through");
    const auto false_options = add_audit_options(*false_matches);
    false_matches->callback(
        [=, &exit_code] { exit_code = run_false_matches(*false_options, *probes, *gallery, *verdicts); });

    auto* verification = audit->add_subcommand("verification", "compare every picture of a labelled set");
    verification->footer(kVerificationExample);
    const auto source = add_set_options(*verification);
    const auto options = add_audit_options(*verification);
    verification->callback([=, &exit_code] { exit_code = run_verification(*options, *source); });

    auto* quality = audit->add_subcommand("quality", "whom the quality filter refuses");
    const auto quality_source = add_set_options(*quality);
    const auto quality_options = add_audit_options(*quality);
    quality->callback([=, &exit_code] { exit_code = run_quality(*quality_options, *quality_source); });

    add_audit_attributes(*audit, exit_code);
}

}  // namespace visavis::app
