// `visavis audit false-matches`.
#include <ranges>

#include <fmt/core.h>

#include "audit/false_matches.h"
#include "audit_commands.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "base/file.h"
#include "commands.h"
#include "thumbnails.h"

namespace visavis::app {
namespace {

constexpr const char* kExample = R"(
Example, the test of the ACLU (2018) with other faces as gallery:
  visavis audit false-matches --probes congress/115th --people congress/people.csv \
      --gallery fairface/images,lfw/images,legislators/people.csv --threshold 80,95,99 --out aclu \
      --together "people of color=african,asian,hispanic,native,pacific-islander"

The gallery may hold the probes themselves. Look at every pair in OUT/suspects.csv, write `same` or `different` into
its last column, and run again with --verdicts that file: pairs marked `same` are then left out. The new suspects.csv keeps every verdict; one
with verdicts that are not given is not written over.)";

/// NAME=LABEL,LABEL…
Result<audit::Together> together_of(const std::string& text) {
    const auto equals = text.find('=');
    audit::Together some{.name = text.substr(0, equals), .labels = {}};
    if (equals != std::string::npos)
        for (const auto label : std::views::split(std::string_view(text).substr(equals + 1), ','))
            some.labels.emplace_back(label.begin(), label.end());
    if (some.name.empty() || some.labels.empty() || std::ranges::find(some.labels, "") != some.labels.end())
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("--together `{}`: expected NAME=LABEL,LABEL", text));
    return some;
}

int run(const AuditOptions& options, FalseMatchesRequest request, const std::vector<std::string>& together) {
    for (const std::string& text : together) {
        auto some = together_of(text);
        if (!some) return report(some.error());
        request.together.push_back(std::move(*some));
    }
    const std::string suspects = options.out + "/suspects.csv";
    if (const auto may = may_replace_suspects(suspects, request.verdicts); !may) return report(may.error());
    auto subject = open_subject(options);
    if (!subject) return report(subject.error());
    const auto made = report_false_matches(**subject, request, method_of(options));
    if (!made) return report(made.error());
    if (const auto written = write_report(made->report, options); !written) return report(written.error());
    if (const auto written = replace_file(suspects, as_bytes(made->suspects)); !written)
        return report(written.error());
    return kDone;
}

}  // namespace

Result<audit::Verdicts> given_verdicts(const std::string& file) {
    return file.empty() ? audit::Verdicts() : audit::read_verdicts(file);
}

std::optional<audit::GivenVerdicts> described_verdicts(const std::string& file,
                                                       const audit::Verdicts& verdicts) {
    if (file.empty()) return std::nullopt;
    // Not of the file: that holds similarities and pairs nobody looked at, too.
    std::string lines;
    std::size_t same = 0;
    for (const auto& [pair, verdict] : verdicts) {
        lines += fmt::format("{},{},{}\n", pair.first, pair.second, verdict.same ? "same" : "different");
        same += verdict.same ? 1 : 0;
    }
    return audit::GivenVerdicts{
        .hash = to_hex(sha256(as_bytes(lines))), .same = same, .different = verdicts.size() - same};
}

Result<void> may_replace_suspects(const std::string& path, const std::string& verdicts) {
    const auto given = given_verdicts(verdicts);
    if (!given) return std::unexpected(given.error());
    return audit::may_replace_verdicts(path, *given);
}

Result<FalseMatchesReport> report_false_matches(Subject& subject, const FalseMatchesRequest& request,
                                                const audit::Method& method) {
    const auto probes = subject.recognised(request.probes, request.central);
    if (!probes) return std::unexpected(probes.error());
    if (const auto known = audit::check_labels(*probes, request.together); !known)
        return std::unexpected(known.error());
    const auto gallery = subject.recognised(request.gallery, false);
    if (!gallery) return std::unexpected(gallery.error());
    const auto verdicts = given_verdicts(request.verdicts);
    if (!verdicts) return std::unexpected(verdicts.error());
    std::vector<audit::Together> together = request.together;
    together.insert(together.end(), request.together_if_there.begin(), request.together_if_there.end());
    auto result = audit::false_matches(*probes, *gallery, *verdicts, subject.comparer(), method, together);
    if (!result) return std::unexpected(result.error());
    if (request.with_images)
        if (const auto added = add_thumbnails(result->sections.back(), result->matches, *probes, *gallery);
            !added)
            return std::unexpected(added.error());
    return FalseMatchesReport{.report = {.audit = "false-matches",
                                         .title = "Who is taken for somebody else",
                                         .command = {},
                                         .system = subject.system(),
                                         .data = {probes->composition, gallery->composition},
                                         .sections = std::move(result->sections),
                                         .methods = std::move(result->methods),
                                         .limits = std::move(result->limits),
                                         .verdicts = described_verdicts(request.verdicts, *verdicts)},
                              .suspects = audit::suspects_csv(result->matches, *probes, *gallery, *verdicts)};
}

void add_audit_false_matches(CLI::App& audit, int& exit_code) {
    auto* command = audit.add_subcommand("false-matches", "search known people among others");
    command->footer(kExample);
    const auto request = std::make_shared<FalseMatchesRequest>();
    const auto gallery = std::make_shared<std::vector<std::string>>();
    command->add_option("--probes", request->probes.photos, "folder or CSV of the people who are searched")
        ->required();
    command->add_option("--people", request->probes.people,
                        "CSV with their labels; its first column names the person");
    command->add_option("--group-by", request->probes.group_by, "label columns, e.g. ethnicity,gender")
        ->delimiter(',');
    command->add_option("--labels", request->probes.labels, "who made the labels, for the report");
    command->add_option("--name", request->probes.name, "name of the probes' data set, for the report");
    command->add_option("--gallery", *gallery, "folders or CSVs of other people's faces")
        ->required()
        ->delimiter(',');
    command->add_option("--verdicts", request->verdicts, "suspects.csv that a person went through");
    command->add_flag(
        "--with-images", request->with_images,
        "put the matched faces into report.html, side by side (shows the people: off by default)");
    const auto together = std::make_shared<std::vector<std::string>>();
    command
        ->add_option("--together", *together,
                     "count people with any of these labels as one group too; may be given several times")
        ->type_name("NAME=LABEL,LABEL");
    const auto options = add_audit_options(*command);
    add_against_option(*command, options);
    command->callback([=, &exit_code] {
        request->gallery = unlabelled(*gallery);
        request->central = options->central;
        exit_code = run(*options, *request, *together);
    });
}

}  // namespace visavis::app
