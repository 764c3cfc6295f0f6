#include "backup_files.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "backup_manifest.h"
#include "base/file.h"
#include "store/sqlite/copy.h"

namespace visavis::app {
namespace {

namespace fs = std::filesystem;

constexpr std::array kLeftOut = {"index", "cache", "ledger"};

bool is_left_out(const fs::path& name) {
    const std::string first = name.begin()->string();
    const std::string last = name.filename().string();
    return std::ranges::find(kLeftOut, first) != kLeftOut.end() || last == "lock" || last == "visavis.sock" ||
           last == kManifestName || last == kPendingName || last.ends_with("-wal") ||
           last.ends_with("-shm") || last.ends_with(".copying") ||
           last.ends_with(".tmp");  // being written, or left by a crash
}

}  // namespace

Result<std::vector<fs::path>> files_of(const fs::path& root) {
    std::vector<fs::path> names;
    std::error_code failed;
    for (auto entry = fs::recursive_directory_iterator(root, failed);
         !failed && entry != fs::recursive_directory_iterator(); entry.increment(failed)) {
        const fs::path name = entry->path().lexically_relative(root);
        if (entry->is_regular_file() && !is_left_out(name)) names.push_back(name);
    }
    if (failed)
        return fail(ErrorCode::kNotFound,
                    fmt::format("`{}` cannot be read: {}", root.string(), failed.message()));
    std::ranges::sort(names);
    return names;
}

Result<void> copy_one(const fs::path& from, const fs::path& to) {
    if (const auto made = make_private_directory(to.parent_path().string()); !made) return made;
    if (store::sqlite::is_database(from.string())) {
        // Under another name first: what has its own name is whole.
        const fs::path fresh = to.string() + ".copying";
        std::error_code error;
        fs::remove(fresh, error);
        if (auto copied = store::sqlite::copy_database(from.string(), fresh.string()); !copied) return copied;
        fs::rename(fresh, to, error);
        if (error)
            return fail(ErrorCode::kUnavailable,
                        fmt::format("cannot make `{}`: {}", to.string(), error.message()));
        return sync_directory(fs::absolute(to).parent_path().string());
    }
    constexpr std::size_t kMost = std::size_t{1} << 32U;
    const auto bytes = read_file(from.string(), kMost);
    if (!bytes) return std::unexpected(bytes.error());
    return replace_file(to.string(), *bytes);
}

bool is_secret(const fs::path& name) {
    return name == "server.key" || name == "credentials";
}

}  // namespace visavis::app
