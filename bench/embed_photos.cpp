// Faces and templates of many photographs, for calibration and for measurements outside the program:
//
//     find photos -name '*.jpg' | build/embed_photos --out DIR [--pick centre|largest|all]
//
// DIR/faces.csv has one row a face (with --pick centre or largest: one a photograph; the rows of a photograph
// without a face have an empty `box_left`), DIR/templates.f32 the templates, row-major, one for each row of
// the table that has a face, in its order.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ostream.h>

#include "base/file.h"
#include "base/limits.h"
#include "face/pipeline.h"
#include "image/picture.h"
#include "infer/model_pack.h"

namespace {

using namespace visavis;

/// LFW shows its subject in the middle and bystanders beside; portraits have one large face.
std::vector<face::Face> pick(std::vector<face::Face> faces, const std::string& how) {
    if (faces.empty() || how == "all") return faces;
    if (how == "largest") return {faces.front()};
    const auto distance = [](const face::Face& face) {
        return std::hypot(face.box.left + face.box.width / 2 - 0.5F,
                          face.box.top + face.box.height / 2 - 0.5F);
    };
    return {*std::ranges::min_element(faces, {}, distance)};
}

int fail_with(const Error& error) {
    fmt::print(stderr, "error: {}\n", error.message);
    return 4;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Faces and templates of the photographs named on standard input"};
    std::string out;
    std::string how = "largest";
    std::string models;
    bool full_precision = false;
    app.add_option("--out", out, "directory for faces.csv and templates.f32")->required();
    app.add_option("--pick", how, "which faces")->check(CLI::IsMember({"centre", "largest", "all"}));
    app.add_option("--models", models, "model pack");
    app.add_flag("--full-precision", full_precision, "f32 instead of bf16");
    CLI11_PARSE(app, argc, argv);

    const auto directory = infer::find_pack(models);
    if (!directory) return fail_with(directory.error());
    const auto pack = infer::ModelPack::open(*directory);
    if (!pack) return fail_with(pack.error());
    if (const auto verified = pack->verify(); !verified) return fail_with(verified.error());
    const auto pipeline = face::Pipeline::open(
        *pack, {.threads = 1, .streams = 1, .cache_directory = {}, .full_precision = full_precision});
    if (!pipeline) return fail_with(pipeline.error());

    std::filesystem::create_directories(out);
    std::ofstream table(out + "/faces.csv");
    std::ofstream templates(out + "/templates.f32", std::ios::binary);
    table
        << "file,image_width,image_height,faces,error,box_left,box_top,box_width,box_height,confidence,roll,"
           "yaw,pitch,brightness,sharpness,landmarks\n";
    std::string file;
    while (std::getline(std::cin, file)) {
        const auto bytes = read_file(file, limits::kStoredImageBytes);
        if (!bytes) return fail_with(bytes.error());
        const auto picture = image::decode(*bytes, {});
        if (!picture) {
            fmt::print(table, "{},,,,{},,,,,,,,,,,\n", file, name(picture.error().code));
            continue;
        }
        const auto all = (*pipeline)->detect(*picture);
        if (!all) return fail_with(all.error());
        const auto faces = pick(*all, how);
        const std::string start = fmt::format("{},{},{},{},", file, picture->displayed_width(),
                                              picture->displayed_height(), all->size());
        if (faces.empty()) fmt::print(table, "{},,,,,,,,,,,\n", start);
        const auto vectors = (*pipeline)->embed(*picture, faces);
        if (!vectors) return fail_with(vectors.error());
        for (std::size_t i = 0; i < faces.size(); ++i) {
            const face::Face& f = faces[i];
            std::string points;
            for (const auto& p : f.landmarks) points += fmt::format("{:.6f} {:.6f} ", p.x, p.y);
            fmt::print(table, "{},{:.6f},{:.6f},{:.6f},{:.6f},{:.3f},{:.2f},{:.2f},{:.2f},{:.2f},{:.2f},{}\n",
                       start, f.box.left, f.box.top, f.box.width, f.box.height, f.confidence, f.pose.roll,
                       f.pose.yaw, f.pose.pitch, f.quality.brightness, f.quality.sharpness, points);
            templates.write(reinterpret_cast<const char*>((*vectors)[i].data()),
                            static_cast<std::streamsize>((*vectors)[i].size() * sizeof(float)));
        }
    }
    return 0;
}
