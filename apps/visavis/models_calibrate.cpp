// `visavis models calibrate` and `card`: a pack's curve from score to false match rate, measured again, and
// its card.
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <boost/json.hpp>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "audit/calibrate.h"
#include "audit/trials.h"
#include "audit_commands.h"
#include "base/bytes.h"
#include "base/file.h"
#include "commands.h"
#include "match/score.h"
#include "model_card.h"

namespace visavis::app {
namespace {

constexpr const char* kExample = R"(
A set is NAME=PEOPLE[,PHOTOS][:COLUMN+COLUMN][@central], paths below --data: PEOPLE a CSV whose first column names the
person, PHOTOS a CSV with a column `file` or a folder, the columns those that make groups (none: one group).

The default pack's curve is made by:
  visavis models calibrate --data ../shared/data --reporting-half \
      --people congress=congress/people.csv,congress/photos.csv \
      --people legislators=legislators/people.csv:country \
      --people lfw=lfw/people.csv,lfw/images:gender@central --out models/default/calibration.json)";

struct Options {
    std::string pack;
    std::string data{"."};
    std::vector<std::string> sets;
    std::string out;
    std::string cache;
    bool reporting_half{false};
    int threads{0};
};

struct Set {
    audit::DataSetSource source;
    bool central{false};
    bool whole{false};  // one group
};

/// NAME=PEOPLE[,PHOTOS][:COLUMNS][@central]
Result<Set> parse(std::string text, const std::string& data) {
    Set set;
    if (text.ends_with("@central")) {
        set.central = true;
        text.resize(text.size() - std::string_view("@central").size());
    }
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
        return fail(ErrorCode::kInvalidParameter, fmt::format("`{}`: expected NAME=PEOPLE[,PHOTOS]", text));
    set.source.name = text.substr(0, equals);
    std::string paths = text.substr(equals + 1);
    const auto colon = paths.find(':');
    set.whole = colon == std::string::npos;
    if (!set.whole) {
        std::string columns = paths.substr(colon + 1);
        paths.resize(colon);
        for (std::size_t at = 0; at <= columns.size();) {
            const auto plus = std::min(columns.find('+', at), columns.size());
            set.source.group_by.push_back(columns.substr(at, plus - at));
            at = plus + 1;
        }
    }
    const auto comma = paths.find(',');
    set.source.people = data + "/" + paths.substr(0, comma);
    if (comma != std::string::npos) set.source.photos = data + "/" + paths.substr(comma + 1);
    return set;
}

/// One line a member, one line an element of an array: changes stay readable.
std::string pretty(const boost::json::object& document) {
    std::string out = "{\n";
    std::size_t left = document.size();
    for (const auto& [key, value] : document) {
        out += fmt::format(" {}: ", boost::json::serialize(boost::json::string(key)));
        if (const auto* array = value.if_array()) {
            out += "[\n";
            for (std::size_t i = 0; i < array->size(); ++i)
                out += fmt::format("  {}{}\n", boost::json::serialize((*array)[i]),
                                   i + 1 < array->size() ? "," : "");
            out += " ]";
        } else {
            out += boost::json::serialize(value);
        }
        out += --left > 0 ? ",\n" : "\n";
    }
    return out + "}\n";
}

/// People of the half that reports.
void keep_half(audit::DataSet& set) {
    std::erase_if(set.pictures, [&](const audit::LabelledPicture& picture) {
        return !audit::reports(set.name, set.people[picture.person]);
    });
    audit::compose(set);
}

/// `data` is what the curve names: the set as it lies there, of which `set` may be a half.
void add_groups(const audit::DataSet& set, std::shared_ptr<const audit::Composition> data, bool whole,
                const Recogniser& recogniser, std::vector<audit::CalibrationGroup>& groups) {
    std::vector<std::vector<std::uint32_t>> pictures(whole ? 1 : set.groups.size());
    for (const std::uint32_t i : audit::one_face_each(set))
        pictures[whole ? 0 : set.pictures[i].group].push_back(i);
    std::size_t left_out = 0;
    for (std::size_t g = 0; g < pictures.size(); ++g) {
        audit::CalibrationGroup group{.name = whole ? set.name : set.name + " " + set.groups[g],
                                      .templates = audit::Templates(recogniser.pack.dimension),
                                      .copies = audit::copies(set, pictures[g]),
                                      .data = data};
        for (const std::uint32_t i : pictures[g]) {
            const face::Template& vector = set.pictures[i].face->vector;
            group.templates.add(vector, recogniser.normaliser.of(vector));
        }
        left_out += group.copies.size();
        groups.push_back(std::move(group));
    }
    if (left_out > 0)
        fmt::print(stderr, "{}: left out {} pairs of different names that are one and the same photograph\n",
                   set.name, left_out);
}

/// What the curve means for people who should be recognised, per set.
void print_recognised(const audit::DataSet& set, const Recogniser& recogniser,
                      const match::SimilarityScale& scale) {
    std::vector<double> scores;
    for (const auto& [a, b] : audit::mated_pairs(set, 10)) {
        const auto* x = set.pictures[a].face;
        const auto* y = set.pictures[b].face;
        scores.push_back(x == nullptr || y == nullptr
                             ? -std::numeric_limits<double>::infinity()
                             : match::normalised(match::cosine(x->vector, y->vector),
                                                 recogniser.normaliser.of(x->vector),
                                                 recogniser.normaliser.of(y->vector)));
    }
    if (scores.empty()) return;
    fmt::print("{} ({} people, {} pictures):", set.name, set.composition->people, set.composition->pictures);
    for (const double threshold : {100 * 3 / 7.0, 100 * 4 / 7.0, 80.0, 95.0, 99.0}) {
        const auto hits = static_cast<std::uint64_t>(
            std::ranges::count_if(scores, [&](double s) { return s >= scale.score_at(threshold); }));
        fmt::print(" TAR at {:.3g}: {};", threshold,
                   audit::Rate::of_trials(hits, scores.size(), set.composition).sentence());
    }
    fmt::print("\n");
}

Result<std::string> file_of_its_own() {
    std::string path = (std::filesystem::temp_directory_path() / "visavis-templates-XXXXXX").string();
    const int fd = ::mkstemp(path.data());
    if (fd < 0) return fail(ErrorCode::kUnavailable, fmt::format("`{}`: {}", path, std::strerror(errno)));
    ::close(fd);
    return path;
}

int run(const Options& options) {
    AuditOptions shared;
    shared.models = options.pack;
    shared.threads = options.threads;
    shared.cache = options.cache;
    // Without --cache templates lie in a file without a name: nothing of the people stays.
    std::string unkept;
    if (options.cache.empty()) {
        auto made = file_of_its_own();
        if (!made) return report(made.error());
        shared.cache = unkept = *made;
    }
    auto recogniser = Recogniser::open(shared, infer::Curve::kToBeMade);
    if (!unkept.empty()) std::filesystem::remove(unkept);
    if (!recogniser) return report(recogniser.error());

    std::vector<audit::DataSet> sets;
    std::vector<audit::CalibrationGroup> groups;
    for (const std::string& text : options.sets) {
        auto parsed = parse(text, options.data);
        if (!parsed) return report(parsed.error());
        auto set = recogniser->find_faces({parsed->source}, parsed->central);
        if (!set) return report(set.error());
        const auto data = set->composition;
        if (options.reporting_half) keep_half(*set);
        add_groups(*set, data, parsed->whole, *recogniser, groups);
        sets.push_back(std::move(*set));
    }
    auto curve = audit::calibrate(groups, {.threads = static_cast<std::size_t>(recogniser->threads)});
    if (!curve) return report(curve.error());

    boost::json::object document;
    document["format"] = 1;
    document["score"] = recogniser->normaliser.score_name();
    document["pack_version"] = recogniser->pack.version;
    document["pipeline_version"] = face::kPipelineVersion;
    document["networks"] = to_hex(audit::pipeline_identity(recogniser->pack));
    if (!recogniser->pack.normalisation_sha256.empty())
        document["normalisation"] = recogniser->pack.normalisation_sha256;
    document["made_by"] = "visavis models calibrate";
    document["sets"] = boost::json::value_from(options.sets);
    document["people"] = options.reporting_half ? "the half that the normalisation was not fitted on" : "all";
    for (auto& [key, value] : *curve) document[key] = std::move(value);
    const std::string text = pretty(document);
    if (const auto written = replace_file(options.out, as_bytes(text), 0644); !written)
        return report(written.error());

    const auto scale = match::SimilarityScale::load(options.out);
    if (!scale) return report(scale.error());
    fmt::print("{}: {} groups, worst {} at {:.2f} times the pooled rate\n", options.out,
               document["measured_on"].as_array().size(),
               document["worst_group"].at("group").as_string().c_str(),
               document["worst_group"].at("factor").to_number<double>());
    if (const auto* left_out = document.if_contains("left_out"))
        for (const auto& group : left_out->as_array())
            fmt::print(
                stderr,
                "warning: {} with {} people is in no figure of the curve, nor can it be the worst group: "
                "a group needs {}\n",
                std::string_view(group.at("group").as_string()), group.at("people").to_number<std::size_t>(),
                audit::kFewestPeople);
    for (const audit::DataSet& set : sets) print_recognised(set, *recogniser, *scale);
    fmt::print("the pack's manifest has to say: calibration_sha256 = \"{}\"\n",
               to_hex(sha256(as_bytes(text))));
    return kDone;
}

int print_card(const std::string& place, bool as_json) {
    const auto directory = infer::find_pack(place);
    if (!directory) return report(directory.error());
    const auto pack = infer::ModelPack::open(*directory);
    if (!pack) return report(pack.error());
    const auto card = model_card(*pack);
    if (!card) return report(card.error());
    fmt::print("{}", as_json ? boost::json::serialize(*card) + "\n" : model_card_markdown(*card));
    return kDone;
}

}  // namespace

void add_models_calibrate(CLI::App& app, int& exit_code) {
    const auto there =
        app.get_subcommands([](const CLI::App* command) { return command->get_name() == "models"; });
    CLI::App* models =
        there.empty() ? app.add_subcommand("models", "model packs and their curves") : there.front();
    models->require_subcommand(1);
    auto* calibrate =
        models->add_subcommand("calibrate", "measure a pack's curve from score to false match rate");
    calibrate->footer(kExample);
    const auto options = std::make_shared<Options>();
    calibrate->add_option("--pack", options->pack, "directory of the pack (default: the one of set-up)");
    calibrate->add_option("--data", options->data, "folder that the sets' paths begin in")
        ->capture_default_str();
    calibrate->add_option("--people", options->sets, "a labelled set; may be given several times")
        ->required();
    calibrate->add_option("--out", options->out, "the curve's file")->required();
    calibrate->add_option(
        "--cache", options->cache,
        "file that keeps templates for the next time (biometric data; default: none is kept)");
    calibrate->add_flag("--reporting-half", options->reporting_half,
                        "only people that the default normalisation was not fitted on");
    calibrate->add_option("--threads", options->threads, "0: one a core")->capture_default_str();
    calibrate->callback([=, &exit_code] { exit_code = run(*options); });

    auto* card = models->add_subcommand("card", "what a pack is and on whom it was measured, as Markdown");
    const auto pack = std::make_shared<std::string>();
    const auto as_json = std::make_shared<bool>(false);
    card->add_option("--pack", *pack, "directory of the pack (default: the one of set-up)");
    card->add_flag("--json", *as_json, "as GET /v1/model-card answers it");
    card->callback([=, &exit_code] { exit_code = print_card(*pack, *as_json); });
}

}  // namespace visavis::app
