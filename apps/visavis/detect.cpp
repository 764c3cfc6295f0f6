// `visavis detect`.
#include <algorithm>
#include <cstdio>

#include <fmt/core.h>

#include "client.h"
#include "commands.h"
#include "drawing.h"
#include "place_options.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis detect photo.jpg
  visavis detect --json photo.jpg | jq '.FaceDetails[].Confidence'
  visavis detect --draw faces.png photo.jpg
  visavis detect --attributes ALL --draw faces.svg photo.jpg   # 30 landmarks, named under the pointer
  visavis detect --attributes ALL photo.jpg

Exit code: 0 if any image shows a face, 1 if none does, 2 if an image cannot be read.
)";

struct Options {
    std::vector<std::string> images;
    std::vector<std::string> attributes;
    std::string draw;
    bool json{false};
};

double number(const boost::json::object& object, const char* group, const char* name) {
    return object.at(group).at(name).to_number<double>();
}

void print_attributes(const boost::json::object& face) {
    std::string line;
    if (face.contains("AgeRange"))
        line += fmt::format("  age {:.0f} to {:.0f}", number(face, "AgeRange", "Low"),
                            number(face, "AgeRange", "High"));
    for (const char* name : {"Gender", "Smile", "EyesOpen", "MouthOpen"}) {
        if (!face.contains(name)) continue;
        const boost::json::value& value = face.at(name).at("Value");
        const std::string said = value.is_string() ? boost::json::value_to<std::string>(value)
                                 : value.as_bool() ? "yes"
                                                   : "no";
        line += fmt::format("  {} {} ({:.0f})", name, said, number(face, name, "Confidence"));
    }
    if (face.contains("Emotions")) {
        const auto& emotions = face.at("Emotions").as_array();
        const auto* const first = std::ranges::max_element(
            emotions, {},
            [](const boost::json::value& emotion) { return emotion.at("Confidence").to_number<double>(); });
        line += fmt::format("  looks {} ({:.0f})", boost::json::value_to<std::string>(first->at("Type")),
                            first->at("Confidence").to_number<double>());
    }
    if (face.contains("EyeDirection"))
        line +=
            fmt::format("  gaze yaw {:.0f} pitch {:.0f} ({:.0f})", number(face, "EyeDirection", "Yaw"),
                        number(face, "EyeDirection", "Pitch"), number(face, "EyeDirection", "Confidence"));
    if (!line.empty()) fmt::print("  {}\n", line);
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
        print_attributes(face);
    }
}

/// The number of faces, or an error that has no exit code yet.
Result<std::size_t> detect_one(Client& client, const std::string& image, const Options& options) {
    auto bytes = image_of_file(image);
    if (!bytes) return std::unexpected(bytes.error());
    boost::json::array attributes(options.attributes.begin(), options.attributes.end());
    const auto answer =
        client.call("DetectFaces", {{"Image", std::move(*bytes)}, {"Attributes", std::move(attributes)}});
    if (!answer) return std::unexpected(answer.error());
    const boost::json::array& faces = answer->at("FaceDetails").as_array();
    if (options.json)
        print_answer(*answer, image, options.images.size() == 1);
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
    command
        ->add_option("--attributes", options->attributes,
                     "Rekognition's attributes, e.g. ALL or AGE_RANGE,SMILE (docs/analysis.md)")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("NAME,...");
    command
        ->add_option("--draw", options->draw,
                     "Write the image with boxes, landmarks and pose axes (PNG, or SVG with names)")
        ->type_name("FILE");
    command->add_flag("--json", options->json,
                      "DetectFaces' answer; of several images a line each: {\"File\":…,\"Answer\":…}");
    command->footer(kExamples);
    command->callback([options, place, &exit_code] {
        const auto config = place->settings();
        exit_code = config ? detect(*config, *options) : report(config.error());
    });
}

}  // namespace visavis::app
