// `visavis policy use`: puts a profile that ships into a data directory.
#include <filesystem>
#include <memory>

#include <fmt/core.h>

#include "base/file.h"
#include "commands.h"
#include "data_directory.h"
#include "policy/profiles.h"
#include "policy_commands.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Profiles: open-lab, amazon-2020-moratorium, ibm-2020-withdrawal, eu-ai-act, illinois-bipa, child-protection,
public-safety-99. They are templates, not legal advice; docs/policy.md describes each.

Examples:
  visavis policy use eu-ai-act --data data      # a running server takes it up after SIGHUP
)";

/// Removes the *.cedar files and parameters.toml of the set before; history/ keeps a copy of what was in
/// force.
Result<void> clear(const std::string& directory) {
    const auto before = policy::read_policy_directory(directory);
    if (!before && before.error().code == ErrorCode::kNotFound) return {};
    if (!before) return std::unexpected(before.error());
    std::error_code failed;
    for (const policy::PolicyFile& file : before->files)
        if (!failed) std::filesystem::remove(std::filesystem::path(directory) / file.name, failed);
    if (!failed) std::filesystem::remove(std::filesystem::path(directory) / "parameters.toml", failed);
    if (failed) return fail(ErrorCode::kUnavailable, fmt::format("`{}`: {}", directory, failed.message()));
    return {};
}

int use(const std::string& name, const std::string& data) {
    const auto profile = policy::find_profile(name);
    if (!profile) return report(profile.error());
    const std::string directory = data + "/policy";
    // The data directory may be made here, before any server: it is private from its first moment.
    for (const std::string& folder : {data, directory})
        if (auto made = make_private_directory(folder); !made) return report(made.error());
    if (auto cleared = clear(directory); !cleared) return report(cleared.error());
    if (auto written = policy::write_profile(*profile, directory); !written) return report(written.error());
    fmt::print("{} is in {}\n", name, directory);
    return kDone;
}

}  // namespace

void add_policy_use(CLI::App& policy, int& exit_code) {
    CLI::App* command = policy.add_subcommand("use", "Put a profile that ships into a data directory");
    const auto name = std::make_shared<std::string>();
    const auto data = std::make_shared<std::string>(DataDirectory::default_path());
    command->add_option("profile", *name, "Name of the profile")->required();
    command->add_option("--data", *data, "Data directory")->type_name("DIR");
    command->footer(kExamples);
    command->callback([name, data, &exit_code] { exit_code = use(*name, *data); });
}

}  // namespace visavis::app
