// `visavis audit all`: every report of one or more profiles, and the page that leads to them.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/core.h>

#include "audit/compare_reports.h"
#include "audit/tree_hash.h"
#include "audit_commands.h"
#include "audit_profiles.h"
#include "base/bytes.h"
#include "base/file.h"
#include "commands.h"

namespace visavis::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExample = R"(
Examples:
  visavis audit all --data ../shared/data --out reports
  visavis audit all --profile aclu --data ../shared/data --out reports --verdicts looked-at.csv
  visavis audit all --data ../shared/data --out reports --resume       # goes on after a break
  visavis audit all --profile gender-shades,aclu --data ../shared/data --out theirs \
      --against https://rekognition.us-east-1.amazonaws.com

OUT/index.html leads to the reports. Steps whose photographs are not below --data are left out and named there; how
--data must be laid out stands in docs/audits.md. Interrupted, it keeps all templates; with --resume it also keeps
finished reports of the same pack, curve, program, photographs, tables, verdicts and options.)";

/// Beside each report: what hash_of_inputs() said when it was made.
constexpr const char* kInputsFile = "/inputs.sha256";

struct Options {
    std::vector<std::string> profiles;
    ProfileData data;
    bool resume{};
};

std::string missing(const ProfileStep& step, const std::string& root) {
    for (const std::string& needed : step.needs)
        if (!fs::exists(fs::path(root) / needed)) return needed;
    return "";
}

/// The report of a step as index.html shows it: its first section, with a link.
audit::Section entry(const ProfileStep& step, const audit::ReadReport& report) {
    audit::Section section = report.front;
    section.id = step.id;
    section.title = step.title;
    section.links = {{"The whole report", step.id + "/report.html"},
                     {"the same for machines", step.id + "/report.json"}};
    return section;
}

/// The pages of all wanted profiles.
class Run {
  public:
    Run(Subject& subject, const AuditOptions& options, const Options& wanted)
        : subject_(subject), options_(options), wanted_(wanted), system_(subject.system()) {
        index_.audit = "all";
        index_.title = "How often it is wrong, and for whom";
        index_.system = system_;
        index_.methods = {"Each report states its own methods, data and limits."};
        index_.limits = {"Figures of different data sets do not compare: see what each set is made of."};
    }

    Result<void> add(const Profile& profile) {
        audit::Section about{.id = profile.name, .title = profile.title};
        about.sentences.push_back(profile.about);
        about.tables.push_back(profile.published);
        index_.sections.push_back(std::move(about));
        const std::size_t at = index_.sections.size() - 1;
        for (const ProfileStep& step : profile.steps) {
            if (const std::string absent = missing(step, wanted_.data.root); !absent.empty()) {
                index_.sections[at].sentences.push_back(
                    fmt::format("Not made: {}. There is no `{}` in the data.", step.title, absent));
                continue;
            }
            if (step.central && !options_.against.empty()) {
                index_.sections[at].sentences.push_back(fmt::format(
                    "Not made: {}. Its pictures show bystanders, and an API takes the largest face.",
                    step.title));
                continue;
            }
            if (made_.contains(step.id)) {
                index_.sections[at].sentences.push_back(fmt::format("See also above: {}.", step.title));
                continue;
            }
            const auto report = make(step);
            if (!report) return std::unexpected(report.error());
            for (const auto& data : report->data)
                if (std::ranges::none_of(index_.data,
                                         [&](const auto& one) { return one->hash == data->hash; }))
                    index_.data.push_back(data);
            index_.sections.push_back(entry(step, *report));
            made_[step.id] = true;
        }
        return {};
    }

    Result<void> finish() { return save_report(index_, options_, options_.out, "index"); }

  private:
    Result<audit::ReadReport> make(const ProfileStep& step) {
        const std::string folder = options_.out + "/" + step.id;
        const auto inputs = hash_of_inputs(step);
        if (!inputs) return std::unexpected(inputs.error());
        const auto earlier = read_file(folder + kInputsFile, inputs->size());
        const bool unchanged = earlier && as_text(*earlier) == *inputs;
        auto there = audit::read_report_file(folder + "/report.json");
        if (wanted_.resume && unchanged && there) {
            fmt::print("{}: there already\n", step.id);
            return there;
        }
        fmt::print(
            "{}{}\n", step.id,
            wanted_.resume && there && !unchanged ? ": made again, for it was made of other inputs" : "");
        (void)std::fflush(stdout);
        if (const auto may = may_replace_suspects(folder + "/suspects.csv", wanted_.data.verdicts); !may)
            return std::unexpected(may.error());
        std::error_code nothing_there;
        fs::remove(folder + kInputsFile, nothing_there);
        const auto made = step.make(subject_, wanted_.data);
        if (!made) return std::unexpected(made.error());
        if (const auto saved = save_report(made->report, options_, folder, "report"); !saved)
            return std::unexpected(saved.error());
        if (!made->suspects.empty())
            if (const auto saved = replace_file(folder + "/suspects.csv", as_bytes(made->suspects)); !saved)
                return std::unexpected(saved.error());
        if (const auto saved = replace_file(folder + kInputsFile, as_bytes(*inputs)); !saved)
            return std::unexpected(saved.error());
        return audit::read_report_file(folder + "/report.json");
    }

    /// Of everything that the step's figures come from: program, pack, options, verdicts, and all files of
    /// the sets that it reads.
    Result<std::string> hash_of_inputs(const ProfileStep& step) {
        std::set<std::string> places;
        for (const std::string& needed : step.needs)
            places.insert((fs::path(wanted_.data.root) / *fs::path(needed).begin()).string());
        for (const std::string& table : {wanted_.data.held_out, wanted_.data.verdicts})
            if (!table.empty()) places.insert(table);
        Sha256Stream stream;
        stream.update(as_bytes(fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n", VISAVIS_VERSION, system_.name,
                                           system_.description, system_.hash, system_.curve, step.id,
                                           wanted_.data.method.resamples, wanted_.data.method.seed)));
        for (const std::string& place : places) {
            if (!hashes_.contains(place)) {
                const auto hash = audit::hash_of_tree(place);
                if (!hash) return std::unexpected(hash.error());
                hashes_[place] = to_hex(*hash);
            }
            stream.update(as_bytes(fmt::format("{} {}\n", hashes_[place], place)));
        }
        return to_hex(stream.finish());
    }

    Subject& subject_;
    const AuditOptions& options_;
    const Options& wanted_;
    audit::System system_;
    audit::Report index_;
    std::map<std::string, bool> made_;
    std::map<std::string, std::string> hashes_;  ///< of files and folders, so that none is read twice
};

int run(const AuditOptions& options, Options& wanted) {
    auto subject = open_subject(options);
    if (!subject) return report(subject.error());
    wanted.data.method = method_of(options);
    Run run(**subject, options, wanted);
    for (const Profile& profile : profiles())
        if (std::ranges::find(wanted.profiles, profile.name) != wanted.profiles.end())
            if (const auto added = run.add(profile); !added) return report(added.error());
    if (const auto finished = run.finish(); !finished) return report(finished.error());
    fmt::print("{}/index.html\n", options.out);
    return kDone;
}

}  // namespace

void add_audit_all(CLI::App& audit, int& exit_code) {
    auto* command = audit.add_subcommand("all", "every report of a profile, with a page that leads to them");
    command->footer(kExample);
    const auto wanted = std::make_shared<Options>();
    std::vector<std::string> names;
    for (const Profile& profile : profiles()) names.push_back(profile.name);
    wanted->profiles = names;
    command->add_option("--profile", wanted->profiles, "which; default: all of them")
        ->delimiter(',')
        ->check(CLI::IsMember(names));
    command->add_option("--data", wanted->data.root, "folder with the data sets")
        ->required()
        ->type_name("DIR");
    command->add_option("--held-out", wanted->data.held_out,
                        "table of the FairFace pictures that the attribute network was not trained on");
    command->add_option("--verdicts", wanted->data.verdicts, "suspects.csv that a person went through");
    command->add_flag("--resume", wanted->resume,
                      "keep finished reports that were made of the same inputs: pack, curve, program, "
                      "photographs, tables, verdicts and options");
    const auto options = add_audit_options(*command);
    add_against_option(*command, options);
    command->remove_option(command->get_option("--threshold"));
    command->remove_option(command->get_option("--central"));
    command->callback([=, &exit_code] { exit_code = run(*options, *wanted); });
}

}  // namespace visavis::app
