#include "policy/keeper.h"

#include <filesystem>

#include "base/file.h"
#include "policy/profiles.h"

namespace visavis::policy {

namespace fs = std::filesystem;

Result<std::unique_ptr<Keeper>> Keeper::open(KeeperPaths paths, std::string_view first_profile) {
    std::unique_ptr<Keeper> keeper(new Keeper(std::move(paths)));
    const auto there = read_policy_directory(keeper->paths_.policies);
    if (!there && there.error().code == ErrorCode::kNotFound && !first_profile.empty()) {
        const auto profile = find_profile(first_profile);
        if (!profile) return std::unexpected(profile.error());
        if (auto written = write_profile(*profile, keeper->paths_.policies); !written)
            return std::unexpected(written.error());
    }
    if (auto loaded = keeper->reload(); !loaded) return std::unexpected(loaded.error());
    return keeper;
}

std::shared_ptr<const InForce> Keeper::current() const {
    const std::lock_guard lock(mutex_);
    return current_;
}

Result<void> Keeper::reload() {
    auto loaded = load();
    if (!loaded) return std::unexpected(loaded.error());
    if (auto kept = keep_history(*(*loaded)->set); !kept) return kept;
    const std::lock_guard lock(mutex_);
    current_ = std::move(*loaded);
    return {};
}

Result<std::shared_ptr<const InForce>> Keeper::load() const {
    auto set = PolicySet::load(paths_.policies);
    if (!set) return std::unexpected(set.error());
    auto directory = Directory::load(paths_.principals);
    if (!directory) return std::unexpected(directory.error());
    auto roles = Roles::load(paths_.roles);
    if (!roles) return std::unexpected(roles.error());
    return std::make_shared<InForce>(
        InForce{.set = std::move(*set), .directory = std::move(*directory), .roles = std::move(*roles)});
}

Result<void> Keeper::keep_history(const PolicySet& set) const {
    const fs::path folder = fs::path(paths_.history) / set.hash();
    const fs::path marker = folder / "complete";  // written last: without it the folder is written again
    std::error_code ignored;
    if (fs::exists(marker, ignored)) return {};
    Result<void> done = make_private_directory(folder.string());
    for (const PolicyFile& file : set.sources().files)
        if (done) done = replace_file((folder / file.name).string(), as_bytes(file.text));
    if (done && !set.sources().parameters.empty())
        done = replace_file((folder / "parameters.toml").string(), as_bytes(set.sources().parameters));
    if (done) done = replace_file(marker.string(), as_bytes(set.hash() + "\n"));
    return done;
}

}  // namespace visavis::policy
