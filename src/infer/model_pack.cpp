#include "infer/model_pack.h"

#include <filesystem>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/bytes.h"
#include "base/digest.h"

namespace visavis::infer {
namespace {

std::unexpected<Error> broken(const std::string& file, std::string_view reason) {
    return fail(ErrorCode::kInternal, fmt::format("model pack `{}`: {}", file, reason));
}

Result<std::string> hash_of(const std::string& path) {
    const auto digest = sha256_of_file(path);
    if (!digest) return broken(path, "the file is missing or cannot be read; `make setup` fetches it");
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

ModelFile read_file(const toml::table& table, const std::string& directory) {
    ModelFile file{.role = text(table, "role"),
                   .name = text(table, "name"),
                   .model = text(table, "model"),
                   .sha256 = text(table, "sha256"),
                   .licence = text(table, "licence"),
                   .training_data = text(table, "training_data"),
                   .sources = {},
                   .inputs = tensors(table, "inputs"),
                   .outputs = tensors(table, "outputs"),
                   .path = {}};
    if (const toml::array* sources = table["sources"].as_array())
        for (const toml::node& source : *sources) file.sources.push_back(source.value_or(std::string()));
    file.path = (std::filesystem::path(directory) / file.name).string();
    return file;
}

}  // namespace

Result<ModelPack> ModelPack::open(const std::string& directory) {
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
    if (pack.name.empty()) return broken(manifest, "`name` is missing");
    if (pack.version.empty() || pack.version.find_first_not_of("0123456789.") != std::string::npos)
        return broken(manifest, fmt::format("`version` is `{}`, expected digits and dots", pack.version));
    if (pack.dimension == 0 || pack.dimension > 4096)
        return broken(manifest, fmt::format("`dimension` is {}, expected 1 to 4096", pack.dimension));

    std::string identity = pack.name + "\n" + pack.version + "\n";
    if (const toml::array* files = document["file"].as_array())
        for (const toml::node& node : *files)
            if (const toml::table* table = node.as_table()) {
                pack.files.push_back(read_file(*table, directory));
                identity += pack.files.back().sha256 + "\n";
            }
    const auto curve = hash_of(pack.calibration);
    if (!curve) return std::unexpected(curve.error());
    pack.hash = to_hex(sha256(as_bytes(identity + *curve + "\n")));

    for (const char* role : {"detector", "embedder"})
        if (const auto found = pack.file(role); !found) return std::unexpected(found.error());
    return pack;
}

Result<void> ModelPack::verify() const {
    for (const ModelFile& entry : files) {
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
