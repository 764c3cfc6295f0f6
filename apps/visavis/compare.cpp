// `visavis compare`.
#include <fmt/core.h>

#include "client.h"
#include "commands.h"
#include "match/similarity_scale.h"
#include "place_options.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis compare passport.jpg door.jpg
  visavis compare --threshold 99 passport.jpg door.jpg && echo same
  visavis compare --json passport.jpg group.jpg

The largest face of A is compared with every face of B. Similarity is an error rate: at 80, 2.5 in a million pairs
of different people look as much alike; at 99, one in 8.5 million.
Exit code: 0 if a face of B matches, 1 if none does, 2 if an image cannot be used (no face in it, for one).
)";

struct Options {
    std::string source;
    std::string target;
    double threshold{80};
    bool json{false};
};

void print(const boost::json::object& answer, const Options& options) {
    const auto& matches = answer.at("FaceMatches").as_array();
    const std::size_t faces = matches.size() + answer.at("UnmatchedFaces").as_array().size();
    fmt::print(
        "{} of {} face{} in {} match at Similarity {:g} or more (at {:g}, one false match in {:.2g} pairs)\n",
        matches.size(), faces, faces == 1 ? "" : "s", options.target, options.threshold, options.threshold,
        1 / match::SimilarityScale::fmr_of_similarity(options.threshold));
    for (const auto& match : matches) {
        const auto& box = match.at("Face").at("BoundingBox");
        fmt::print("  Similarity {:6.2f}   left {:.3f} top {:.3f} width {:.3f} height {:.3f}\n",
                   match.at("Similarity").to_number<double>(), box.at("Left").to_number<double>(),
                   box.at("Top").to_number<double>(), box.at("Width").to_number<double>(),
                   box.at("Height").to_number<double>());
    }
}

int compare(const Config& config, const Options& options) {
    auto source = image_of_file(options.source);
    if (!source) return report(source.error());
    auto target = image_of_file(options.target);
    if (!target) return report(target.error());
    const auto client = Client::open(config, false);
    if (!client) return report(client.error());
    const auto answer = (*client)->call("CompareFaces", {{"SourceImage", std::move(*source)},
                                                         {"TargetImage", std::move(*target)},
                                                         {"SimilarityThreshold", options.threshold}});
    if (!answer) return report(answer.error());
    if (options.json)
        print_json(*answer);
    else
        print(*answer, options);
    return answer->at("FaceMatches").as_array().empty() ? kNo : kDone;
}

}  // namespace

void add_compare(CLI::App& app, int& exit_code) {
    CLI::App* command = app.add_subcommand("compare", "Compare the faces of two images");
    const auto options = std::make_shared<Options>();
    const auto place = add_place_options(*command);
    command->add_option("a", options->source, "The image whose largest face is sought")
        ->required()
        ->type_name("A");
    command->add_option("b", options->target, "The image to look in")->required()->type_name("B");
    command->add_option("--threshold", options->threshold, "Least Similarity of a match")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    command->add_flag("--json", options->json, "CompareFaces' answer");
    command->footer(kExamples);
    command->callback([options, place, &exit_code] {
        const auto config = place->settings();
        exit_code = config ? compare(*config, *options) : report(config.error());
    });
}

}  // namespace visavis::app
