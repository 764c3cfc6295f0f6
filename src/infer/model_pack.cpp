#include "infer/model_pack.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/bytes.h"
#include "base/digest.h"

namespace visavis::infer {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> broken(const std::string& file, std::string_view reason) {
    return fail(ErrorCode::kInternal, fmt::format("model pack `{}`: {}", file, reason));
}

Result<std::string> hash_of(const std::string& path) {
    const auto digest = sha256_of_file(path);
    if (!digest)
        return broken(path, "the file is missing or cannot be read; `make setup` fetches the networks");
    return to_hex(*digest);
}

std::string text(const toml::table& table, std::string_view key) {
    return table[key].value_or(std::string());
}

std::vector<TensorSpec> tensors(const toml::table& file, std::string_view key) {
    std::vector<TensorSpec> specs;
    const toml::array* list = file[key].as_array();
    if (list == nullptr) return specs;
    for (const toml::node& node : *list) {
        const toml::table* table = node.as_table();
        if (table == nullptr) continue;
        TensorSpec spec{.name = text(*table, "name"), .shape = {}};
        if (const toml::array* shape = (*table)["shape"].as_array())
            for (const toml::node& length : *shape) spec.shape.push_back(length.value_or(-1L));
        specs.push_back(std::move(spec));
    }
    return specs;
}

std::vector<std::string> texts(const toml::table& table, std::string_view key) {
    std::vector<std::string> found;
    if (const toml::array* list = table[key].as_array())
        for (const toml::node& entry : *list) found.push_back(entry.value_or(std::string()));
    return found;
}

/// Where a pack's networks may lie, best first.
std::vector<fs::path> network_directories(const std::string& directory, const std::string& pack) {
    std::vector<fs::path> found = {directory};
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);
        return value != nullptr && *value != 0 ? std::optional(fs::path(value)) : std::nullopt;
    };
    if (const auto cache = variable("VISAVIS_CACHE"))
        found.push_back(*cache / "packs" / pack);
    else if (const auto user_cache = variable("XDG_CACHE_HOME"))
        found.push_back(*user_cache / "visavis" / "packs" / pack);
    else if (const auto home = variable("HOME"))
        found.push_back(*home / ".cache" / "visavis" / "packs" / pack);
    return found;
}

/// Takes the entry's own file or, where that is in none of the directories, the first alternative that is.
ModelFile read_file(const toml::table& table, const std::vector<fs::path>& directories) {
    ModelFile file{.role = text(table, "role"),
                   .name = text(table, "name"),
                   .model = text(table, "model"),
                   .sha256 = text(table, "sha256"),
                   .licence = text(table, "licence"),
                   .training_data = text(table, "training_data"),
                   .sources = texts(table, "sources"),
                   .inputs = tensors(table, "inputs"),
                   .outputs = tensors(table, "outputs"),
                   .path = (directories.front() / text(table, "name")).string()};
    const auto find = [&](const std::string& name) {
        const auto place = std::ranges::find_if(directories, [&](const fs::path& directory) {
            std::error_code ignored;
            return fs::is_regular_file(directory / name, ignored);
        });
        if (place == directories.end()) return false;
        file.path = (*place / name).string();
        return true;
    };
    if (find(file.name)) return file;
    if (const toml::array* list = table["alternative"].as_array())
        for (const toml::node& node : *list) {
            const toml::table* alternative = node.as_table();
            if (alternative == nullptr || !find(text(*alternative, "name"))) continue;
            file.name = text(*alternative, "name");
            file.model = text(*alternative, "model");
            file.sha256 = text(*alternative, "sha256");
            file.sources = texts(*alternative, "sources");
            break;
        }
    return file;
}

/// A hash of the manifest, which a file without one would escape.
Result<std::string> hash_in(const toml::table& document, const std::string& manifest, std::string_view key) {
    std::string hash = text(document, key);
    if (!from_hex(hash) || hash.size() != 2 * Sha256{}.size())
        return broken(manifest,
                      fmt::format("`{}` is `{}`, expected the file's SHA-256 in hexadecimal", key, hash));
    return hash;
}

std::vector<MeasuredGroup> measured_groups(const toml::table& document) {
    std::vector<MeasuredGroup> groups;
    if (const toml::array* list = document["measured_on"].as_array())
        for (const toml::node& node : *list)
            if (const toml::table* table = node.as_table())
                groups.push_back({.group = text(*table, "group"),
                                  .people = (*table)["people"].value_or(std::uint64_t{0}),
                                  .composition = text(*table, "composition")});
    return groups;
}

bool holds_pack(const fs::path& directory) {
    std::error_code ignored;
    return fs::is_regular_file(directory / "pack.toml", ignored);
}

}  // namespace

Result<std::string> find_pack(const std::string& wanted) {
    std::vector<fs::path> places = {fs::path(wanted), fs::path(wanted) / "default"};
    if (wanted.empty()) {
        std::error_code ignored;
        const fs::path above = fs::read_symlink("/proc/self/exe", ignored).parent_path().parent_path();
        places = {above / "models" / "default", above / "share" / "visavis" / "models" / "default"};
    }
    for (const fs::path& place : places)
        if (holds_pack(place)) return place.string();
    return fail(ErrorCode::kNotFound, fmt::format("no model pack: neither `{}` nor `{}` holds a pack.toml",
                                                  places[0].string(), places[1].string()));
}

std::vector<std::string> packs_below(const std::string& root) {
    if (holds_pack(root)) return {root};
    std::vector<std::string> found;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(root, ignored))
        if (holds_pack(entry.path())) found.push_back(entry.path().string());
    std::ranges::sort(found);
    return found;
}

Result<ModelPack> ModelPack::open(const std::string& directory, Curve curve) {
    const std::string manifest = (std::filesystem::path(directory) / "pack.toml").string();
    toml::table document;
    try {
        document = toml::parse_file(manifest);
    } catch (const toml::parse_error& error) {
        return broken(manifest, fmt::format("{} (line {})", error.description(), error.source().begin.line));
    }

    ModelPack pack;
    pack.directory = directory;
    pack.name = text(document, "name");
    pack.version = text(document, "version");
    pack.dimension = document["dimension"].value_or(std::size_t{0});
    pack.calibration = (std::filesystem::path(directory) / text(document, "calibration")).string();
    if (const std::string file = text(document, "normalisation"); !file.empty())
        pack.normalisation = (fs::path(directory) / file).string();
    if (pack.name.empty()) return broken(manifest, "`name` is missing");
    if (pack.version.empty() || pack.version.find_first_not_of("0123456789.") != std::string::npos)
        return broken(manifest, fmt::format("`version` is `{}`, expected digits and dots", pack.version));
    if (pack.dimension == 0 || pack.dimension > 4096)
        return broken(manifest, fmt::format("`dimension` is {}, expected 1 to 4096", pack.dimension));

    const auto directories = network_directories(directory, pack.name);
    std::string identity = pack.name + "\n" + pack.version + "\n";
    if (const toml::array* files = document["file"].as_array())
        for (const toml::node& node : *files)
            if (const toml::table* table = node.as_table()) {
                pack.files.push_back(read_file(*table, directories));
                identity += pack.files.back().sha256 + "\n";
            }
    if (!pack.normalisation.empty()) {
        auto hash = hash_in(document, manifest, "normalisation_sha256");
        if (!hash) return std::unexpected(hash.error());
        pack.normalisation_sha256 = std::move(*hash);
        identity += pack.normalisation_sha256 + "\n";
    }
    if (curve == Curve::kThere) {
        auto hash = hash_in(document, manifest, "calibration_sha256");
        if (!hash) return std::unexpected(hash.error());
        pack.calibration_sha256 = std::move(*hash);
        pack.hash = to_hex(sha256(as_bytes(identity + pack.calibration_sha256 + "\n")));
    }
    pack.measured_on = measured_groups(document);

    for (const char* role : {"detector", "embedder"})
        if (const auto found = pack.file(role); !found) return std::unexpected(found.error());
    return pack;
}

std::vector<PackFile> ModelPack::every_file() const {
    std::vector<PackFile> all;
    for (const ModelFile& file : files) all.push_back({.path = file.path, .sha256 = file.sha256});
    if (!normalisation_sha256.empty()) all.push_back({.path = normalisation, .sha256 = normalisation_sha256});
    if (!calibration_sha256.empty()) all.push_back({.path = calibration, .sha256 = calibration_sha256});
    return all;
}

Result<void> ModelPack::verify() const {
    for (const PackFile& entry : every_file()) {
        const auto found = hash_of(entry.path);
        if (!found) return std::unexpected(found.error());
        if (*found != entry.sha256)
            return broken(entry.path, fmt::format("SHA-256 is {}, expected {}", *found, entry.sha256));
    }
    return {};
}

Result<const ModelFile*> ModelPack::file(std::string_view role) const {
    for (const ModelFile& entry : files)
        if (entry.role == role) return &entry;
    return broken(directory, fmt::format("no file has the role `{}`", role));
}

}  // namespace visavis::infer
