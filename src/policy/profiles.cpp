#include "policy/profiles.h"

#include <algorithm>
#include <filesystem>
#include <span>

#include <fmt/format.h>

#include "base/embedded.h"
#include "base/file.h"

namespace visavis::policy {

std::span<const EmbeddedFile> policy_files();  // written by cmake/embed.cmake

namespace {

std::vector<Profile> read_profiles() {
    std::vector<Profile> found;
    for (const EmbeddedFile& file : policy_files()) {
        const std::size_t slash = file.name.find('/');
        if (slash == std::string_view::npos) continue;
        const std::string_view folder = file.name.substr(0, slash);
        const std::string_view name = file.name.substr(slash + 1);
        if (found.empty() || found.back().name != folder)
            found.push_back({.name = std::string(folder), .sources = {}, .cases = {}});
        Profile& profile = found.back();
        if (name.ends_with(".cedar"))
            profile.sources.files.push_back({std::string(name), std::string(file.content)});
        else if (name == "parameters.toml")
            profile.sources.parameters = file.content;
        else if (name == "cases.toml")
            profile.cases = file.content;
    }
    return found;
}

}  // namespace

const std::vector<Profile>& profiles() {
    static const std::vector<Profile> all = read_profiles();
    return all;
}

Result<Profile> find_profile(std::string_view name) {
    std::string names;
    for (const Profile& profile : profiles()) {
        if (profile.name == name) return profile;
        names += (names.empty() ? "" : ", ") + profile.name;
    }
    return fail(ErrorCode::kNotFound, fmt::format("there is no profile `{}`; choose one of {}", name, names));
}

std::string_view floor_policy() {
    for (const EmbeddedFile& file : policy_files())
        if (file.name == "floor.cedar") return file.content;
    return {};
}

Result<void> write_profile(const Profile& profile, const std::string& directory) {
    const auto path = [&](std::string_view name) {
        return (std::filesystem::path(directory) / name).string();
    };
    Result<void> done = make_private_directory(directory);
    for (const PolicyFile& file : profile.sources.files)
        if (done) done = replace_file(path(file.name), as_bytes(file.text));
    if (done && !profile.sources.parameters.empty())
        done = replace_file(path("parameters.toml"), as_bytes(profile.sources.parameters));
    return done;
}

}  // namespace visavis::policy
