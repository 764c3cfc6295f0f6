// `visavis models`: what networks there are, where they come from, whether they are what the manifest says.
#include <filesystem>

#include <boost/json.hpp>
#include <fmt/core.h>

#include "base/digest.h"
#include "commands.h"
#include "face/pipeline.h"
#include "infer/model_pack.h"
#include "model_card.h"
#include "scoring.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis models list
  visavis models show default                  # licence, training data, sources of the default pack
  visavis models verify --models /media/pack   # a directory with manifest, curve and networks (air gap)

verify exits with 0 if every file is what the manifest says, 1 if one is not.
)";

struct Options {
    std::string models;
    std::string name;
    bool json{false};
};

/// --models, or the folder that the default pack stands in.
Result<std::string> folder_of_packs(const Options& options) {
    if (!options.models.empty()) return options.models;
    const auto standard = infer::find_pack({});
    if (!standard) return std::unexpected(standard.error());
    return std::filesystem::path(*standard).parent_path().string();
}

Result<infer::ModelPack> open_pack(const Options& options) {
    if (options.name.empty()) {
        const auto directory = infer::find_pack(options.models);
        if (!directory) return std::unexpected(directory.error());
        return infer::ModelPack::open(*directory);
    }
    const auto folder = folder_of_packs(options);
    if (!folder) return std::unexpected(folder.error());
    for (const std::string& directory : infer::packs_below(*folder)) {
        auto pack = infer::ModelPack::open(directory);
        const bool found =
            pack ? pack->name == options.name : std::filesystem::path(directory).filename() == options.name;
        if (found) return pack;
    }
    return fail(ErrorCode::kNotFound, fmt::format("no pack is called `{}` in {}", options.name, *folder));
}

int list(const Options& options) {
    const auto folder = folder_of_packs(options);
    if (!folder) return report(folder.error());
    boost::json::array packs;
    for (const std::string& directory : infer::packs_below(*folder)) {
        const auto pack = infer::ModelPack::open(directory);
        if (!pack) return report(pack.error());
        if (options.json)
            packs.push_back({{"name", pack->name}, {"version", pack->version}, {"directory", directory}});
        else
            fmt::print("{} {}   {}\n", pack->name, pack->version, directory);
    }
    if (options.json) print_json(packs);
    return kDone;
}

boost::json::object file_json(const infer::ModelFile& file) {
    return {{"role", file.role},
            {"name", file.name},
            {"model", file.model},
            {"sha256", file.sha256},
            {"licence", file.licence},
            {"training_data", file.training_data},
            {"sources", boost::json::array(file.sources.begin(), file.sources.end())},
            {"path", file.path}};
}

int show(const Options& options) {
    const auto pack = open_pack(options);
    if (!pack) return report(pack.error());
    if (options.json) {
        boost::json::array files;
        for (const auto& file : pack->files) files.push_back(file_json(file));
        print_json(boost::json::object{{"name", pack->name},
                                       {"version", pack->version},
                                       {"dimension", pack->dimension},
                                       {"hash", pack->hash},
                                       {"calibration", pack->calibration},
                                       {"files", std::move(files)},
                                       {"measured_on", measured_on(*pack)}});
        return kDone;
    }
    fmt::print("{} {}: templates of {} numbers\n  hash         {}\n  calibration  {}\n", pack->name,
               pack->version, pack->dimension, pack->hash, pack->calibration);
    for (const auto& file : pack->files) {
        fmt::print(
            "{}\n  model          {}\n  file           {}\n  SHA-256        {}\n  licence        {}\n  "
            "training data  {}\n",
            file.role, file.model, file.path, file.sha256, file.licence, file.training_data);
        for (const std::string& source : file.sources) fmt::print("  source         {}\n", source);
    }
    if (!pack->measured_on.empty()) fmt::print("curve measured on\n");
    for (const auto& group : pack->measured_on)
        fmt::print("  {:<20} {:>5} people: {}\n", group.group, group.people, group.composition);
    return kDone;
}

int verify(const Options& options) {
    const auto pack = open_pack(options);
    if (!pack) return report(pack.error());
    boost::json::array files;
    bool right = true;
    for (const auto& file : pack->every_file()) {
        const auto digest = sha256_of_file(file.path);
        const std::string found = digest ? to_hex(*digest) : "missing";
        const bool same = found == file.sha256;
        right = right && same;
        if (options.json)
            files.push_back(
                {{"path", file.path}, {"expected", file.sha256}, {"found", found}, {"same", same}});
        else
            fmt::print("{}  {}\n    expected {}\n    found    {}\n", same ? "ok    " : "DIFFERS", file.path,
                       file.sha256, found);
    }
    // Hashes first: networks of unknown origin are not loaded.
    std::string trouble;
    if (right) {
        if (const auto pipeline = face::Pipeline::open(*pack, {}); !pipeline)
            trouble = pipeline.error().message;
        if (const auto scoring = scoring_of(*pack); !scoring) trouble = scoring.error().message;
    }
    right = right && trouble.empty();
    if (options.json)
        print_json(
            boost::json::object{{"files", std::move(files)}, {"trouble", trouble}, {"verified", right}});
    else if (!trouble.empty())
        fmt::print("DIFFERS  {}\n", trouble);
    else if (right)
        fmt::print("ok       tensor names and shapes, score normalisation, calibration curve\n");
    return right ? kDone : kNo;
}

using Action = int (*)(const Options&);

CLI::App* add_action(CLI::App& models, const std::string& name, const std::string& help, Action action,
                     const std::shared_ptr<Options>& options, int& exit_code) {
    CLI::App* command = models.add_subcommand(name, help);
    command->add_option("--models", options->models, "A model pack, or a folder of packs")->type_name("DIR");
    command->add_flag("--json", options->json, "As JSON");
    command->callback([action, options, &exit_code] { exit_code = action(*options); });
    return command;
}

}  // namespace

void add_models(CLI::App& app, int& exit_code) {
    CLI::App* models = app.add_subcommand("models", "List, show and verify model packs");
    models->require_subcommand(1);
    models->footer(kExamples);
    const auto options = std::make_shared<Options>();
    add_action(*models, "list", "Packs by name, version and directory", list, options, exit_code);
    CLI::App* shown =
        add_action(*models, "show", "Where a pack's networks come from", show, options, exit_code);
    CLI::App* verified =
        add_action(*models, "verify", "Compare a pack's files with its manifest", verify, options, exit_code);
    for (CLI::App* command : {shown, verified})
        command->add_option("pack", options->name, "Name of a pack, as `visavis models list` prints it")
            ->type_name("PACK");
}

}  // namespace visavis::app
