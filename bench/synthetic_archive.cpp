// An archive of a collection that nobody is in: synthetic templates with the geometry of real ones
// (src/match/synthetic.h), for benchmarks that need many faces. To be imported:
//
//     head -c 32 /dev/urandom > key; build/synthetic_archive --faces 100000 --model-version 2.0 --key-file
//     key out visavis collections import crowd out --key-file key
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/file.h"
#include "base/random.h"
#include "match/synthetic.h"
#include "store/archive.h"

namespace {

using namespace visavis;

struct Settings {
    std::string out;
    std::string key_file;
    std::string model_version;
    std::size_t dimension{128};
    std::uint64_t faces{100'000};
    std::uint64_t seed{1};
};

Result<void> write(const Settings& settings) {
    const auto key = read_file(settings.key_file, std::size_t{1} << 20U);
    if (!key) return std::unexpected(key.error());
    auto writer = store::ArchiveWriter::create(
        settings.out, {.kind = store::ArchiveSecret::Kind::kKeyFile, .content = *key},
        {.id = "synthetic",
         .model_version = settings.model_version,
         .dimension = settings.dimension,
         .pack = "synthetic",
         .created = SystemClock().now(),
         .tags = {},
         .origin_key = random_bytes(32),
         .faces = settings.faces,
         .users = 0});
    if (!writer) return std::unexpected(writer.error());
    match::SyntheticTemplates source(settings.dimension, settings.seed);
    for (std::uint64_t i = 0; i < settings.faces; ++i) {
        store::ArchivedFace one;
        one.face.face_id = random_uuid();
        one.face.image_id = random_uuid();
        one.face.box = {.left = 0.25F, .top = 0.25F, .width = 0.5F, .height = 0.5F};
        one.face.confidence = 99;
        one.origin = random_bytes(32);
        one.last_interaction = SystemClock().now();
        one.vector.resize(settings.dimension);
        source.next(one.vector);
        if (const auto added = (*writer)->add(one); !added) return added;
    }
    const auto digest = (*writer)->finish();
    if (!digest) return std::unexpected(digest.error());
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    Settings settings;
    CLI::App app("Writes an archive of synthetic faces");
    app.add_option("out", settings.out)->required();
    app.add_option("--key-file", settings.key_file)->required();
    app.add_option("--model-version", settings.model_version, "of the pack that shall take it")->required();
    app.add_option("--dimension", settings.dimension)->check(CLI::Range(1, 4096))->capture_default_str();
    app.add_option("--faces", settings.faces)->capture_default_str();
    app.add_option("--seed", settings.seed)->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    if (const auto done = write(settings); !done) {
        fmt::print(stderr, "error: {}\n", done.error().message);
        return 2;
    }
    return 0;
}
