#include "audit_commands.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/file.h"
#include "endpoint.h"
#include "infer/processor.h"
#include "scoring.h"

namespace visavis::app {
namespace {

/// A word as a POSIX shell reads it back.
std::string shell_word(const std::string& word) {
    constexpr std::string_view kPlain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-";
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

/// The command as typed, so that a report can say how to make it again.
std::string typed_command() {
    // Not read_file(): the file's size is told as 0.
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    std::string text;
    for (std::string word; std::getline(file, word, '\0');) {
        if (text.empty()) word = std::filesystem::path(word).filename().string();
        text += (text.empty() ? "" : " ") + shell_word(word);
    }
    return text;
}

}  // namespace

void show_pictures_done(std::size_t done, std::size_t all) {
    if (::isatty(STDERR_FILENO) == 0 || (done % 16 != 0 && done != all)) return;
    constexpr std::size_t kWidth = 40;
    const std::size_t filled = all == 0 ? kWidth : done * kWidth / all;
    fmt::print(stderr, "\r[{:<40}] {} of {} pictures", std::string(filled, '#'), done, all);
    if (done == all) fmt::print(stderr, "\n");
}

std::shared_ptr<AuditOptions> add_audit_options(CLI::App& command) {
    auto options = std::make_shared<AuditOptions>();
    command.add_option("--models", options->models,
                       "directory of the model pack (default: the one of set-up)");
    command.add_option("--out", options->out, "directory for report.html and report.json")->required();
    command.add_option("--cache", options->cache,
                       "file that keeps templates, so that a repeat takes seconds (biometric data; default: "
                       "OUT/templates.vvtc)");
    command.add_option("--threshold", options->thresholds, "Similarity thresholds, e.g. 80,95,99")
        ->delimiter(',')
        ->check(CLI::Range(0.1, 100.0));
    command.add_option("--seed", options->seed, "of the bootstrap")->capture_default_str();
    command.add_option("--resamples", options->resamples, "of the bootstrap")
        ->check(CLI::Range(20, 100'000))
        ->capture_default_str();
    command.add_option("--threads", options->threads, "0: one a core")->capture_default_str();
    command.add_flag("--central", options->central,
                     "take the face nearest to the picture's middle, not the largest (LFW)");
    command.add_flag("--json", options->json, "print report.json to standard output");
    return options;
}

Result<Recogniser> Recogniser::open(const AuditOptions& options, infer::Curve curve) {
    const auto directory = infer::find_pack(options.models);
    if (!directory) return std::unexpected(directory.error());
    auto pack = infer::ModelPack::open(*directory, curve);
    if (!pack) return std::unexpected(pack.error());
    if (const auto verified = pack->verify(); !verified) return std::unexpected(verified.error());
    const int threads = options.threads > 0
                            ? options.threads
                            : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    auto pipeline = face::Pipeline::open(*pack, {.threads = 1, .streams = threads});
    if (!pipeline) return std::unexpected(pipeline.error());
    auto normaliser = match::normaliser_of(pack->normalisation, pack->dimension);
    if (!normaliser) return std::unexpected(normaliser.error());
    std::string cache_file = options.cache;
    if (cache_file.empty()) {
        if (const auto made = make_private_directory(options.out); !made)
            return std::unexpected(made.error());
        cache_file = options.out + "/templates.vvtc";
    }
    auto cache = audit::TemplateCache::open(cache_file, audit::pipeline_identity(*pack));
    if (!cache) return std::unexpected(cache.error());
    return Recogniser{.pack = std::move(*pack),
                      .pipeline = std::move(*pipeline),
                      .normaliser = std::move(*normaliser),
                      .cache = std::move(*cache),
                      .threads = threads};
}

Result<audit::DataSet> Recogniser::find_faces(const std::vector<audit::DataSetSource>& sources,
                                              bool central) {
    std::vector<audit::DataSet> sets;
    for (const audit::DataSetSource& source : sources) {
        auto set = audit::read_data_set(source);
        if (!set) return std::unexpected(set.error());
        sets.push_back(std::move(*set));
    }
    audit::DataSet set = audit::merged(std::move(sets));
    const auto choice = central ? audit::FaceChoice::kCentral : audit::FaceChoice::kLargest;
    if (const auto done = audit::recognise_set(set, choice, *pipeline, cache, threads, show_pictures_done);
        !done)
        return std::unexpected(done.error());
    return set;
}

Result<std::unique_ptr<Instrument>> Instrument::open(const AuditOptions& options) {
    auto recogniser = Recogniser::open(options, infer::Curve::kThere);
    if (!recogniser) return std::unexpected(recogniser.error());
    auto scoring = scoring_of(recogniser->pack);
    if (!scoring) return std::unexpected(scoring.error());
    return std::unique_ptr<Instrument>(new Instrument(std::move(*recogniser), std::move(scoring->scale)));
}

Instrument::Instrument(Recogniser recogniser, match::SimilarityScale the_scale)
    : Recogniser(std::move(recogniser)),
      scale(std::move(the_scale)),
      comparer_(normaliser, scale, pack.dimension, static_cast<std::size_t>(threads)) {}

Result<audit::DataSet> Instrument::recognised(const audit::DataSetSource& source, bool central) {
    return find_faces({source}, central);
}

Result<audit::DataSet> Instrument::recognised(const std::vector<audit::DataSetSource>& sources,
                                              bool central) {
    return find_faces(sources, central);
}

Result<audit::AttributeAnswers> Instrument::describe(const audit::DataSet& set) {
    return audit::describe_set(set, *pipeline, threads, show_pictures_done);
}

Result<audit::QualityAnswers> Instrument::judge(const audit::DataSet& set) {
    return audit::judge_set(set);
}

Result<audit::Identification> Instrument::identify(const audit::DataSet& probes,
                                                   const audit::DataSet& gallery,
                                                   const audit::SamePerson& confirmed,
                                                   const audit::Method& method,
                                                   const audit::IdentificationOptions& options) {
    return audit::identification(probes, gallery, confirmed, comparer_, method, options);
}

audit::System Instrument::system() const {
    audit::System system{.name = pack.name + " " + pack.version,
                         .hash = pack.hash,
                         .curve = pack.calibration_sha256,
                         .description = {}};
    const infer::Processor here = infer::processor();
    system.description =
        fmt::format("Pipeline {}; scores: {}; networks run in {} on {} ({}).", face::kPipelineVersion,
                    normaliser.score_name(), here.precision, here.name, fmt::join(here.features, " "));
    for (const auto& file : pack.files)
        system.description += fmt::format(" {}: {} ({}; trained on: {}; SHA-256 {}).", file.role, file.model,
                                          file.licence, file.training_data, file.sha256);
    return system;
}

void add_against_option(CLI::App& command, const std::shared_ptr<AuditOptions>& options) {
    command
        .add_option("--against", options->against,
                    "measure this server through its Rekognition API alone, with the credentials of "
                    "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or the AWS credentials file; pictures are "
                    "sent there, into a collection that is deleted at the end")
        ->type_name("URL");
}

Result<std::unique_ptr<Subject>> open_subject(const AuditOptions& options) {
    if (!options.against.empty()) return open_endpoint(options);
    return Instrument::open(options);
}

audit::Method method_of(const AuditOptions& options) {
    audit::Method method{
        .thresholds = options.thresholds, .resamples = options.resamples, .seed = options.seed};
    std::ranges::sort(method.thresholds);
    return method;
}

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

std::vector<audit::DataSetSource> unlabelled(const std::vector<std::string>& places) {
    std::vector<audit::DataSetSource> sources;
    for (const std::string& place : places) {
        const bool table = place.ends_with(".csv");
        // `fairface/images` and `lfw/images` are told apart by the folder above.
        std::filesystem::path path(place);
        if (!path.has_filename()) path = path.parent_path();
        const std::string above = path.parent_path().filename().string();
        const std::string own = path.stem().string();
        sources.push_back({.name = above.empty() ? own : fmt::format("{}-{}", above, own),
                           .people = table ? place : std::string(),
                           .photos = table ? std::string() : place,
                           .group_by = {},
                           .labels = "none used"});
    }
    return sources;
}

Result<void> save_report(const audit::Report& report, const AuditOptions& options, const std::string& folder,
                         const std::string& name) {
    if (const auto made = make_private_directory(folder); !made) return made;
    audit::Report complete = report;
    complete.command = typed_command();
    complete.seed = options.seed;
    complete.resamples = options.resamples;
    const bool shows_faces = std::ranges::any_of(
        report.sections, [](const audit::Section& section) { return !section.pairs.empty(); });
    const mode_t mode = shows_faces ? 0600 : 0644;
    for (const auto& [ending, text] :
         {std::pair(".json", audit::to_json(complete)), std::pair(".html", audit::to_html(complete))})
        if (const auto written =
                replace_file(fmt::format("{}/{}{}", folder, name, ending), as_bytes(text), mode);
            !written)
            return written;
    return {};
}

Result<void> write_report(const audit::Report& report, const AuditOptions& options) {
    if (const auto saved = save_report(report, options, options.out, "report"); !saved) return saved;
    if (options.json) {
        const auto json = read_file(options.out + "/report.json", std::size_t{256} << 20);
        if (!json) return std::unexpected(json.error());
        fmt::print("{}", as_text(*json));
        return {};
    }
    for (const audit::Section& section : report.sections) {
        if (section.sentences.empty()) continue;
        fmt::print("{}\n", section.title);
        for (const std::string& sentence : section.sentences) fmt::print("  {}\n", sentence);
    }
    fmt::print("{0}/report.html, {0}/report.json\n", options.out);
    return {};
}

}  // namespace visavis::app
