// `visavis bench pipeline`: decode, detect, align and embed one image over and over.
#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <thread>

#include <boost/json.hpp>
#include <fmt/core.h>

#include "base/file.h"
#include "base/limits.h"
#include "bench_commands.h"
#include "commands.h"
#include "face/pipeline.h"
#include "image/picture.h"
#include "infer/model_pack.h"
#include "infer/processor.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis bench pipeline --image photo.jpg
  visavis bench pipeline --image photo.jpg --threads 2 --json
  visavis bench pipeline --image photo.jpg --attributes

One stream a thread. Times are milliseconds of wall clock for one image, over all threads. --attributes adds what
each attribute costs alone, and together, on top of detection: what several need is run once.
)";

struct Options {
    std::string image;
    std::string models;
    int threads{1};
    int rounds{200};
    bool full_precision{false};
    bool attributes{false};
    bool json{false};
};

struct Wanted {
    const char* name;
    face::AttributeSet set;
};

constexpr face::AttributeSet kAllButEmotions{.landmarks = true,
                                             .age = true,
                                             .gender = true,
                                             .emotions = false,
                                             .smile = true,
                                             .eyes_open = true,
                                             .mouth_open = true,
                                             .eye_direction = true};

constexpr face::AttributeSet with_emotions(face::AttributeSet set) {
    set.emotions = true;
    return set;
}

// The last is what `attributes_ms` stands for.
constexpr std::array<Wanted, 10> kWanted = {{{"AGE_RANGE", {.age = true}},
                                             {"GENDER", {.gender = true}},
                                             {"EMOTIONS", {.emotions = true}},
                                             {"SMILE", {.smile = true}},
                                             {"MOUTH_OPEN", {.mouth_open = true}},
                                             {"EYES_OPEN", {.eyes_open = true}},
                                             {"EYE_DIRECTION", {.eye_direction = true}},
                                             {"landmarks_and_pose", {.landmarks = true}},
                                             {"ALL_without_EMOTIONS", kAllButEmotions},
                                             {"ALL", with_emotions(kAllButEmotions)}}};

struct Sample {
    double decode_ms{};
    face::StageTimes stages;
    double pipeline_ms{};
    std::array<double, kWanted.size()> attributes_ms{};  // after it, if asked for
    std::size_t faces{};
};

double milliseconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

Result<Sample> run_once(const face::Pipeline& pipeline, const Bytes& bytes, bool attributes) {
    Sample sample;
    const auto start = std::chrono::steady_clock::now();
    const auto picture = image::decode(bytes, {});
    if (!picture) return std::unexpected(picture.error());
    sample.decode_ms = milliseconds_since(start);
    const auto faces = pipeline.detect(*picture, &sample.stages);
    if (!faces) return std::unexpected(faces.error());
    const auto templates = pipeline.embed(*picture, *faces, &sample.stages);
    if (!templates) return std::unexpected(templates.error());
    sample.pipeline_ms = milliseconds_since(start);
    sample.faces = faces->size();
    if (!attributes) return sample;
    for (std::size_t i = 0; i < kWanted.size(); ++i) {
        const auto before = std::chrono::steady_clock::now();
        const auto described = pipeline.describe(*picture, *faces, kWanted.at(i).set);
        if (!described) return std::unexpected(described.error());
        sample.attributes_ms.at(i) = milliseconds_since(before);
    }
    return sample;
}

struct Figures {
    double median{};
    double p95{};
};

template <typename Value>
Figures figures(const std::vector<Sample>& samples, Value value) {
    std::vector<double> sorted;
    sorted.reserve(samples.size());
    for (const Sample& sample : samples) sorted.push_back(value(sample));
    std::ranges::sort(sorted);
    return {.median = sorted[sorted.size() / 2], .p95 = sorted[sorted.size() * 95 / 100]};
}

double peak_megabytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
    return 0;
}

int measure(const Options& options) {
    const auto bytes = read_file(options.image, limits::kStoredImageBytes);
    if (!bytes) return report(bytes.error());
    const auto directory = infer::find_pack(options.models);
    if (!directory) return report(directory.error());
    const auto pack = infer::ModelPack::open(*directory);
    if (!pack) return report(pack.error());
    if (const auto verified = pack->verify(); !verified) return report(verified.error());
    const auto pipeline = face::Pipeline::open(*pack, {.threads = 1,
                                                       .streams = options.threads,
                                                       .cache_directory = {},
                                                       .full_precision = options.full_precision});
    if (!pipeline) return report(pipeline.error());

    std::vector<std::vector<Sample>> samples(static_cast<std::size_t>(options.threads));
    std::vector<Result<void>> ends(samples.size());
    constexpr int kWarmUp = 10;
    std::chrono::steady_clock::time_point start;
    double seconds = 0;
    for (const int rounds : {kWarmUp, options.rounds}) {
        start = std::chrono::steady_clock::now();
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < samples.size(); ++i)
            threads.emplace_back([&, i, rounds] {
                samples[i].clear();
                for (int round = 0; round < rounds && ends[i]; ++round) {
                    const auto sample = run_once(**pipeline, *bytes, options.attributes);
                    if (sample)
                        samples[i].push_back(*sample);
                    else
                        ends[i] = std::unexpected(sample.error());
                }
            });
        threads.clear();
        seconds = milliseconds_since(start) / 1000;
    }
    std::vector<Sample> all;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        if (!ends[i]) return report(ends[i].error());
        all.insert(all.end(), samples[i].begin(), samples[i].end());
    }
    const std::size_t faces = all.front().faces;
    if (faces == 0)
        return report({ErrorCode::kInvalidParameter, fmt::format("`{}` shows no face", options.image)});

    const infer::Processor processor = infer::processor();
    const double per_second = static_cast<double>(all.size()) / seconds;
    std::vector<std::pair<const char*, Figures>> rows = {
        {"decode_ms", figures(all, [](const Sample& s) { return s.decode_ms; })},
        {"detect_ms", figures(all, [](const Sample& s) { return s.stages.detect_ms; })},
        {"align_ms", figures(all, [](const Sample& s) { return s.stages.align_ms; })},
        {"embed_ms", figures(all, [](const Sample& s) { return s.stages.embed_ms; })},
        {"pipeline_ms", figures(all, [](const Sample& s) { return s.pipeline_ms; })}};
    if (options.attributes)
        rows.emplace_back("attributes_ms",
                          figures(all, [](const Sample& s) { return s.attributes_ms.back(); }));
    std::vector<std::pair<const char*, Figures>> single;
    if (options.attributes)
        for (std::size_t i = 0; i < kWanted.size(); ++i)
            single.emplace_back(kWanted.at(i).name,
                                figures(all, [i](const Sample& s) { return s.attributes_ms.at(i); }));
    if (options.json) {
        boost::json::object answer;
        for (const auto& [name, row] : rows) answer[name] = {{"median", row.median}, {"p95", row.p95}};
        if (!single.empty()) {
            boost::json::object each;
            for (const auto& [name, row] : single) each[name] = {{"median", row.median}, {"p95", row.p95}};
            answer["each_attribute_ms"] = std::move(each);
        }
        answer["cpu"] = processor.name;
        answer["threads"] = options.threads;
        answer["pack"] = pack->name + " " + pack->version;
        answer["pack_hash"] = pack->hash;
        answer["image"] = options.image;
        answer["image_bytes"] = bytes->size();
        answer["images_per_second"] = per_second;
        answer["peak_mb"] = peak_megabytes();
        print_json(answer);
        return kDone;
    }
    fmt::print("{} x {} ({} bytes), {}, pack {} {} {:.12}, {}\n", all.size(), options.image, bytes->size(),
               processor.name, pack->name, pack->version, pack->hash,
               options.full_precision ? "f32" : processor.precision);
    for (const auto& [name, row] : rows)
        fmt::print("  {:<13} median {:7.2f}   95 % {:7.2f}\n", name, row.median, row.p95);
    for (const auto& [name, row] : single)
        fmt::print("  {:<21} median {:7.2f}   95 % {:7.2f}\n", name, row.median, row.p95);
    if (options.attributes) {
        fmt::print("  {:.0f} MB at most\n", peak_megabytes());
        return kDone;  // images a second would count every attribute's rounds
    }
    fmt::print("  {:.1f} images and {:.1f} faces a second on {} thread{}; {:.0f} MB at most\n", per_second,
               per_second * static_cast<double>(faces), options.threads, options.threads == 1 ? "" : "s",
               peak_megabytes());
    return kDone;
}

}  // namespace

void add_bench_pipeline(CLI::App& bench, int& exit_code) {
    CLI::App* command = bench.add_subcommand("pipeline", "Decode, detect, align and embed one image");
    const auto options = std::make_shared<Options>();
    command->add_option("--image", options->image, "JPEG or PNG with at least one face")
        ->required()
        ->type_name("FILE");
    command->add_option("--threads", options->threads, "Images worked on side by side")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    command->add_option("--rounds", options->rounds, "Times each thread does it")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    command->add_option("--models", options->models, "A model pack, or a folder that holds `default`")
        ->type_name("DIR");
    command->add_flag("--full-precision", options->full_precision, "f32 where the processor has bf16");
    command->add_flag("--attributes", options->attributes,
                      "Measure attributes, too: each alone, and ALL (attributes_ms)");
    command->add_flag("--json", options->json, "Milliseconds as JSON");
    command->footer(kExamples);
    command->callback([options, &exit_code] { exit_code = measure(*options); });
}

}  // namespace visavis::app
