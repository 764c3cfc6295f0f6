#include "check_collections.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data_directory.h"
#include "engine/galleries.h"
#include "keys/server_key.h"
#include "open_engine.h"
#include "store/sqlite/sqlite_store.h"

namespace visavis::app {
namespace {

constexpr std::size_t kShown = 5;

}  // namespace

Result<std::string> check_collections(const Config& config) {
    if (!std::filesystem::exists(config.data + "/visavis.db")) return "none yet";
    const auto data = DataDirectory::open(config.data);
    if (!data) return std::unexpected(data.error());
    const auto key = keys::open_server_key(data->file("server.key"), false);
    if (!key) return std::unexpected(key.error());
    const auto store = store::sqlite::open(data->file("visavis.db"), *key);
    if (!store) return std::unexpected(store.error());
    auto checked = (*store)->check();
    if (!checked) return std::unexpected(checked.error());
    std::vector<std::string> problems = std::move(checked->problems);

    // Without the pack nobody knows which index files hold; check_models() tells what is wrong with it.
    if (const auto pack = pack_of(config); pack) {
        const auto galleries = engine::Galleries::open(
            **store, {.directory = data->file("index"), .model = pack->hash, .threads = 1});
        if (!galleries) return std::unexpected(galleries.error());
        auto said = (*galleries)->compare_all(pack->version);
        if (!said) return std::unexpected(said.error());
        std::ranges::move(*said, std::back_inserter(problems));
    }
    if (problems.empty())
        return fmt::format("{} collections, {} faces, {} users: database and index agree",
                           checked->collections, checked->faces, checked->users);
    const auto shown = std::span(problems).first(std::min(problems.size(), kShown));
    return fail(ErrorCode::kInternal,
                fmt::format("{} problems: {}", problems.size(), fmt::join(shown, "; ")));
}

}  // namespace visavis::app
