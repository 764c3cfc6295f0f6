// `visavis detect`.
#include <cstdio>

#include <fmt/core.h>

#include "client.h"
#include "commands.h"
#include "drawing.h"
#include "place_options.h"

namespace visavis::app {

void add_detect(CLI::App& app, int& exit_code);

namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis detect photo.jpg
  visavis detect --json photo.jpg | jq '.FaceDetails[].Confidence'
  visavis detect --draw faces.png photo.jpg

Exit code: 0 if any image shows a face, 1 if none does, 2 if an image cannot be read.
)";

struct Options {
    std::vector<std::string> images;
    std::string draw;
    bool json{false};
};

double number(const boost::json::object& object, const char* group, const char* name) {
    return object.at(group).at(name).to_number<double>();
}

void print(const std::string& image, const boost::json::array& faces) {
    fmt::print("{}: {} face{}\n", image, faces.size(), faces.size() == 1 ? "" : "s");
    for (const auto& value : faces) {
        const boost::json::object& face = value.as_object();
        fmt::print(
            "  left {:.3f} top {:.3f} width {:.3f} height {:.3f}   confidence {:5.1f}   roll {:4.0f} yaw "
            "{:4.0f} "
            "pitch {:4.0f}   brightness {:3.0f} sharpness {:3.0f}\n",
            number(face, "BoundingBox", "Left"), number(face, "BoundingBox", "Top"),
            number(face, "BoundingBox", "Width"), number(face, "BoundingBox", "Height"),
            face.at("Confidence").to_number<double>(), number(face, "Pose", "Roll"),
            number(face, "Pose", "Yaw"), number(face, "Pose", "Pitch"), number(face, "Quality", "Brightness"),
            number(face, "Quality", "Sharpness"));
    }
}

/// The number of faces, or an error that has no exit code yet.
Result<std::size_t> detect_one(Client& client, const std::string& image, const Options& options) {
    auto bytes = image_of_file(image);
    if (!bytes) return std::unexpected(bytes.error());
    const auto answer =
        client.call("DetectFaces", {{"Image", std::move(*bytes)}, {"Attributes", {"DEFAULT"}}});
    if (!answer) return std::unexpected(answer.error());
    const boost::json::array& faces = answer->at("FaceDetails").as_array();
    if (options.json)
        fmt::print("{}\n", boost::json::serialize(*answer));
    else
        print(image, faces);
    if (!options.draw.empty())
        if (const auto drawn = draw_faces(image, faces, options.draw); !drawn)
            return std::unexpected(drawn.error());
    return faces.size();
}

int detect(const Config& config, const Options& options) {
    if (!options.draw.empty() && options.images.size() > 1)
        return report({ErrorCode::kInvalidParameter, "--draw takes one image"});
    const auto client = Client::open(config, false);
    if (!client) return report(client.error());
    std::size_t faces = 0;
    int worst = kDone;
    for (const std::string& image : options.images) {
        const auto found = detect_one(**client, image, options);
        if (found) {
            faces += *found;
            continue;
        }
        const int code = report({found.error().code, fmt::format("{}: {}", image, found.error().message)});
        worst = std::max(worst, code);
    }
    if (worst != kDone) return worst;
    return faces > 0 ? kDone : kNo;
}

}  // namespace

void add_detect(CLI::App& app, int& exit_code) {
    CLI::App* command = app.add_subcommand("detect", "Find the faces of images");
    const auto options = std::make_shared<Options>();
    const auto place = add_place_options(*command);
    command->add_option("image", options->images, "JPEG or PNG files")->required()->type_name("IMAGE");
    command->add_option("--draw", options->draw, "Write the image with boxes and landmarks (PNG)")
        ->type_name("FILE");
    command->add_flag("--json", options->json, "DetectFaces' answer, one line for each image");
    command->footer(kExamples);
    command->callback([options, place, &exit_code] {
        const auto config = place->settings();
        exit_code = config ? detect(*config, *options) : report(config.error());
    });
}

}  // namespace visavis::app
