// `visavis search`.
#include <fmt/core.h>

#include "client.h"
#include "commands.h"
#include "drawing.h"
#include "place_options.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis search --collection staff door.jpg
  visavis search --collection staff --threshold 99 --most 1 --json door.jpg
  visavis search --collection staff --draw found.png door.jpg   # the searched face, with its matches

The largest face of each image is searched for. --json prints SearchFacesByImage's answer; of several images each on a
line of its own with its file, {"File":…,"Answer":…}, and none of an image that cannot be used.
Exit code: 0 if any image has a match, 1 if none has, 2 if an image
cannot be used (no face in it, for one).
)";

struct Options {
    std::string collection;
    std::string account;
    std::vector<std::string> images;
    std::string draw;
    double threshold{80};
    int most{10};
    bool json{false};
};

void print(const std::string& image, const boost::json::object& answer) {
    const auto& matches = answer.at("FaceMatches").as_array();
    fmt::print("{}: {} match{}", image, matches.size(), matches.size() == 1 ? "" : "es");
    if (const auto* notes = answer.if_contains("Visavis")) {
        const auto& said = notes->as_object();
        if (said.contains("GallerySize") && said.contains("Fpir"))
            fmt::print(" among {} faces; a stranger would match one of them in {:.2g} of such searches",
                       said.at("GallerySize").to_number<std::uint64_t>(),
                       said.at("Fpir").at("Value").to_number<double>());
    }
    fmt::print("\n");
    for (const auto& match : matches) {
        const boost::json::object& face = match.at("Face").as_object();
        const auto* name = face.if_contains("ExternalImageId");
        fmt::print("  Similarity {:6.2f}   {}{}{}\n", match.at("Similarity").to_number<double>(),
                   std::string(face.at("FaceId").as_string()), name == nullptr ? "" : "   ",
                   name == nullptr ? std::string{} : std::string(name->as_string()));
    }
}

constexpr std::size_t kDrawnMatches = 5;

/// What is written beside the searched face: its best matches, by external id if they have one.
boost::json::array captions_of(const boost::json::array& matches) {
    boost::json::array lines;
    for (const auto& match : matches) {
        if (lines.size() == kDrawnMatches) {
            lines.emplace_back(fmt::format("and {} more", matches.size() - kDrawnMatches));
            break;
        }
        const boost::json::object& face = match.at("Face").as_object();
        const auto* name = face.if_contains("ExternalImageId");
        lines.emplace_back(
            fmt::format("{:.2f}  {}", match.at("Similarity").to_number<double>(),
                        std::string((name == nullptr ? face.at("FaceId") : *name).as_string())));
    }
    if (lines.empty()) lines.emplace_back("no match");
    return lines;
}

Result<std::size_t> search_one(Client& client, const std::string& image, const Options& options) {
    auto bytes = image_of_file(image);
    if (!bytes) return std::unexpected(bytes.error());
    const auto answer = client.call("SearchFacesByImage", {{"CollectionId", options.collection},
                                                           {"Image", std::move(*bytes)},
                                                           {"FaceMatchThreshold", options.threshold},
                                                           {"MaxFaces", options.most}});
    if (!answer) return std::unexpected(answer.error());
    if (options.json)
        print_answer(*answer, image, options.images.size() == 1);
    else
        print(image, *answer);
    if (!options.draw.empty()) {
        const boost::json::array searched{
            boost::json::object{{"BoundingBox", answer->at("SearchedFaceBoundingBox")},
                                {"Confidence", answer->at("SearchedFaceConfidence")},
                                {"Landmarks", boost::json::array{}},
                                {"Captions", captions_of(answer->at("FaceMatches").as_array())}}};
        if (const auto drawn = draw_faces(image, searched, options.draw); !drawn)
            return std::unexpected(drawn.error());
        if (!options.json) fmt::print("  the searched face and its matches are drawn in {}\n", options.draw);
    }
    return answer->at("FaceMatches").as_array().size();
}

int search(const Config& config, const Options& options) {
    if (!options.draw.empty() && options.images.size() > 1)
        return report({ErrorCode::kInvalidParameter, "--draw takes one image"});
    const auto client = Client::open(config, false, options.account);
    if (!client) return report(client.error());
    std::size_t matches = 0;
    int worst = kDone;
    for (const std::string& image : options.images) {
        const auto found = search_one(**client, image, options);
        if (found)
            matches += *found;
        else
            worst = std::max(
                worst, report({found.error().code, fmt::format("{}: {}", image, found.error().message)}));
    }
    if (worst != kDone) return worst;
    return matches > 0 ? kDone : kNo;
}

}  // namespace

void add_search(CLI::App& app, int& exit_code) {
    CLI::App* command = app.add_subcommand("search", "Search a collection for the faces of images");
    const auto options = std::make_shared<Options>();
    const auto place = add_place_options(*command);
    add_account_option(*command, options->account);
    command->add_option("image", options->images, "JPEG or PNG files")->required()->type_name("IMAGE");
    command->add_option("--collection", options->collection, "CollectionId")->required()->type_name("ID");
    command->add_option("--threshold", options->threshold, "Least Similarity of a match")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    command->add_option("--most", options->most, "Matches to show, 1 to 4096")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    command
        ->add_option("--draw", options->draw, "Write the image with the searched face and its matches (PNG)")
        ->type_name("FILE");
    command->add_flag("--json", options->json, "SearchFacesByImage's answer, one line for each image");
    command->footer(kExamples);
    command->callback([options, place, &exit_code] {
        const auto config = place->settings();
        exit_code = config ? search(*config, *options) : report(config.error());
    });
}

}  // namespace visavis::app
