// `visavis audit identification`.
#include <algorithm>
#include <filesystem>
#include <set>

#include <fmt/core.h>
#include <unistd.h>

#include "audit_commands.h"
#include "commands.h"

namespace visavis::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExample = R"(
Examples:
  visavis audit identification --photos congress/photos.csv --people congress/people.csv \
      --gallery congress/115th --probes congress/other --out identification
  visavis audit identification --people lfw/people.csv --photos lfw/images --central --out lfw
  visavis audit identification --probes congress/115th --people congress/people.csv \
      --gallery fairface/images,lfw/images --out strangers       # nobody is enrolled: alarms only

With --photos the table (or folder) says who is in which picture, and --gallery and --probes are folders of it; without
those two, the first picture of each person is enrolled and the others are searched.)";

void show_blocks_done(std::size_t done, std::size_t all) {
    if (::isatty(STDERR_FILENO) == 0) return;
    fmt::print(stderr, "\r{:3} % of the synthetic faces", 100 * done / all);
    if (done == all) fmt::print(stderr, "\n");
}

bool lies_in(const std::string& path, const std::vector<std::string>& folders) {
    return std::ranges::any_of(folders, [&](const std::string& folder) {
        const fs::path inside = fs::weakly_canonical(path).lexically_relative(fs::weakly_canonical(folder));
        return !inside.empty() && *inside.begin() != "..";
    });
}

struct Sides {
    audit::DataSet gallery;
    audit::DataSet probes;
};

/// Both sides from one set of photographs.
Result<Sides> divided(Subject& subject, const IdentificationRequest& request) {
    if (request.gallery.empty() != request.probes.empty())
        return fail(ErrorCode::kInvalidParameter,
                    "with --photos, give both --gallery and --probes, or neither");
    const auto set = subject.recognised(audit::DataSetSource{.name = request.name,
                                                             .people = request.people,
                                                             .photos = request.photos,
                                                             .group_by = request.group_by,
                                                             .labels = request.labels},
                                        request.central);
    if (!set) return std::unexpected(set.error());
    std::set<std::string> enrolled;
    for (const std::uint32_t first : audit::one_face_each(*set)) enrolled.insert(set->pictures[first].path);
    const auto in_gallery = [&](const audit::LabelledPicture& picture) {
        return request.gallery.empty() ? enrolled.contains(picture.path)
                                       : lies_in(picture.path, request.gallery);
    };
    const auto in_probes = [&](const audit::LabelledPicture& picture) {
        return request.gallery.empty() ? !in_gallery(picture) : lies_in(picture.path, {request.probes});
    };
    return Sides{.gallery = audit::part_of(*set, set->name + ", enrolled", in_gallery),
                 .probes = audit::part_of(*set, set->name + ", searched", in_probes)};
}

Result<Sides> separate(Subject& subject, const IdentificationRequest& request) {
    auto sources = unlabelled(request.gallery);
    auto gallery = subject.recognised(sources, false);
    if (!gallery) return std::unexpected(gallery.error());
    auto probes = subject.recognised(audit::DataSetSource{.name = request.name,
                                                          .people = request.people,
                                                          .photos = request.probes,
                                                          .group_by = request.group_by,
                                                          .labels = request.labels},
                                     request.central);
    if (!probes) return std::unexpected(probes.error());
    return Sides{.gallery = std::move(*gallery), .probes = std::move(*probes)};
}

int run(const AuditOptions& options, const IdentificationRequest& request) {
    if (request.photos.empty() && (request.gallery.empty() || request.probes.empty()))
        return report({ErrorCode::kInvalidParameter, "give --gallery and --probes, or --photos"});
    auto subject = open_subject(options);
    if (!subject) return report(subject.error());
    const auto document = report_identification(**subject, request, method_of(options));
    if (!document) return report(document.error());
    if (const auto written = write_report(*document, options); !written) return report(written.error());
    return kDone;
}

}  // namespace

Result<audit::Report> report_identification(Subject& subject, const IdentificationRequest& request,
                                            const audit::Method& method) {
    const auto sides = request.photos.empty() ? separate(subject, request) : divided(subject, request);
    if (!sides) return std::unexpected(sides.error());
    const auto verdicts = given_verdicts(request.verdicts);
    if (!verdicts) return std::unexpected(verdicts.error());
    const audit::SamePerson confirmed = audit::same_person(*verdicts);
    audit::IdentificationOptions wanted = request.options;
    wanted.progress = show_blocks_done;
    auto result = subject.identify(sides->probes, sides->gallery, confirmed, method, wanted);
    if (!result) return std::unexpected(result.error());
    return audit::Report{
        .audit = "identification",
        .title = fmt::format("Who is found among many, and who is taken for somebody else: {}",
                             sides->probes.name),
        .command = {},
        .system = subject.system(),
        .data = {sides->probes.composition, sides->gallery.composition},
        .sections = std::move(result->sections),
        .methods = std::move(result->methods),
        .limits = std::move(result->limits),
        .verdicts = described_verdicts(request.verdicts, *verdicts)};
}

void add_audit_identification(CLI::App& audit, int& exit_code) {
    auto* command =
        audit.add_subcommand("identification", "search people among many: found, missed, taken for others");
    command->footer(kExample);
    const auto request = std::make_shared<IdentificationRequest>();
    command->add_option("--gallery", request->gallery, "folders or CSVs of the enrolled faces")
        ->delimiter(',');
    command->add_option("--probes", request->probes, "folder or CSV of the pictures that are searched");
    command->add_option("--people", request->people, "CSV with labels; its first column names the person");
    command->add_option(
        "--photos", request->photos,
        "CSV with a column `file`, or a folder of folders, that names the person of each picture");
    command->add_option("--group-by", request->group_by, "label columns, e.g. race,gender")->delimiter(',');
    command->add_option("--labels", request->labels, "who made the labels, for the report");
    command->add_option(
        "--verdicts", request->verdicts,
        "`probe,gallery,verdict` that a person went through: pairs marked `same` are no strangers");
    command->add_option("--max-fpir", request->options.bounds, "bounds on FPIR to be shown at work")
        ->delimiter(',')
        ->check(CLI::Range(1e-6, 0.5))
        ->capture_default_str();
    command
        ->add_option("--synthetic", request->options.synthetic_up_to,
                     "largest gallery, filled up with synthetic faces; 0: real faces only")
        ->check(CLI::Range(0UL, 20'000'000UL))
        ->capture_default_str();
    const auto options = add_audit_options(*command);
    add_against_option(*command, options);
    for (const char* of_the_pack : {"--synthetic", "--max-fpir"})
        command->get_option("--against")->excludes(command->get_option(of_the_pack));
    command->callback([=, &exit_code] {
        request->central = options->central;
        exit_code = run(*options, *request);
    });
}

}  // namespace visavis::app
