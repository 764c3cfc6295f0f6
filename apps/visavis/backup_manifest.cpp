#include "backup_manifest.h"

#include <filesystem>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/file.h"

namespace visavis::app {
namespace {

namespace json = boost::json;

constexpr int kFormat = 1;
constexpr std::size_t kMostBytes = 64UL * 1024;

json::object to_json(const BackupManifest& manifest) {
    return {{"format", kFormat},
            {"time", manifest.time},
            {"software", manifest.software},
            {"since", manifest.since},
            {"ledger", manifest.ledger}};
}

BackupManifest from_json(const json::object& object) {
    if (object.at("format").to_number<int>() != kFormat)
        throw std::runtime_error("it was made by a newer version");
    return {.time = std::string(object.at("time").as_string()),
            .software = std::string(object.at("software").as_string()),
            .since = object.at("since").to_number<std::uint64_t>(),
            .ledger = object.at("ledger").to_number<std::uint64_t>()};
}

/// What `read` makes of the file's object.
template <typename Read>
auto read_json(const std::string& path, const Read& read) -> Result<decltype(read(json::object()))> {
    const auto bytes = read_file(path, kMostBytes);
    if (!bytes) return std::unexpected(bytes.error());
    try {
        return read(json::parse(as_text(*bytes)).as_object());
    } catch (const std::exception& error) {
        return fail(ErrorCode::kInternal, fmt::format("`{}` cannot be read: {}", path, error.what()));
    }
}

std::string path_of(const std::string& directory, const char* name) {
    return directory + "/" + name;
}

}  // namespace

Result<BackupManifest> read_manifest(const std::string& backup) {
    return read_json(path_of(backup, kManifestName), from_json);
}

Result<void> write_manifest(const std::string& backup, const BackupManifest& manifest) {
    return replace_file(path_of(backup, kManifestName), as_bytes(json::serialize(to_json(manifest)) + "\n"));
}

Result<std::optional<PendingRestore>> read_pending(const std::string& data) {
    auto pending = read_json(path_of(data, kPendingName), [](const json::object& object) {
        return PendingRestore{.copied = object.at("copied").as_bool(),
                              .keeps_log = object.at("keeps_log").as_bool(),
                              .backup = from_json(object.at("backup").as_object())};
    });
    if (!pending && pending.error().code == ErrorCode::kNotFound) return std::nullopt;
    if (!pending) return std::unexpected(pending.error());
    return std::move(*pending);
}

Result<void> write_pending(const std::string& data, const PendingRestore& pending) {
    const json::object object{
        {"copied", pending.copied}, {"keeps_log", pending.keeps_log}, {"backup", to_json(pending.backup)}};
    return replace_file(path_of(data, kPendingName), as_bytes(json::serialize(object) + "\n"));
}

Result<void> remove_pending(const std::string& data) {
    std::error_code error;
    const std::string path = path_of(data, kPendingName);
    std::filesystem::remove(path, error);
    if (error)
        return fail(ErrorCode::kUnavailable,
                    fmt::format("`{}` cannot be removed: {}", path, error.message()));
    return sync_directory(data);
}

}  // namespace visavis::app
