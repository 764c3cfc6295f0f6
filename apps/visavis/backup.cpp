// `visavis backup` and `visavis restore`.
#include <filesystem>

#include <fcntl.h>
#include <fmt/core.h>

#include "base/file.h"
#include "commands.h"
#include "data_directory.h"
#include "place_options.h"
#include "store/sqlite/copy.h"

namespace visavis::app {

void add_backup(CLI::App& app, int& exit_code);
void add_restore(CLI::App& app, int& exit_code);

namespace {

namespace fs = std::filesystem;

constexpr const char* kBackupExamples = R"(
Examples:
  visavis backup /backups/2026-11-24                  # while the server runs, or without it
  visavis backup --with-secrets /safe/everything      # with server.key and the root client's credentials

Without the server key a backup shows no template and no key to anybody; keep DATA/server.key elsewhere, since nothing can
be read without it. Index files and compiled networks are left out: they are made anew.
)";

constexpr const char* kRestoreExamples = R"(
Examples:
  visavis restore /backups/2026-11-24 --data /var/lib/visavis   # then put server.key there, if it was not in the backup
)";

struct Options {
    std::string directory;
    bool with_secrets{false};
};

bool is_secret(const fs::path& name) {
    return name == "server.key" || name == "credentials";
}

/// Locks, sockets, and what can be made anew.
bool is_left_out(const fs::path& name) {
    const std::string first = name.begin()->string();
    const std::string last = name.filename().string();
    return first == "index" || first == "cache" || last == "lock" || last == "visavis.sock" ||
           last.ends_with("-wal") || last.ends_with("-shm");
}

/// The order matters while a server writes: a change's receipt must not be missing in the copy of the ledger,
/// and a receipt's opening must not be missing in openings.db.
int rank(const fs::path& name) {
    if (name == "visavis.db") return 0;
    return name.begin()->string() == "ledger" ? 1 : 2;
}

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
    std::ranges::sort(names, {}, [](const fs::path& name) { return std::pair(rank(name), name.string()); });
    return names;
}

Result<void> copy_one(const fs::path& from, const fs::path& to) {
    if (const auto made = make_private_directory(to.parent_path().string()); !made) return made;
    if (store::sqlite::is_database(from.string()))
        return store::sqlite::copy_database(from.string(), to.string());
    constexpr std::size_t kMost = std::size_t{1} << 32U;
    const auto bytes = read_file(from.string(), kMost);
    if (!bytes) return std::unexpected(bytes.error());
    return replace_file(to.string(), *bytes);
}

Result<std::size_t> copy_all(const fs::path& from, const fs::path& to, bool with_secrets) {
    const auto names = files_of(from);
    if (!names) return std::unexpected(names.error());
    std::size_t copied = 0;
    for (const fs::path& name : *names) {
        if (is_secret(name) && !with_secrets) continue;
        if (const auto done = copy_one(from / name, to / name); !done) return std::unexpected(done.error());
        ++copied;
    }
    return copied;
}

int backup(const Config& config, const Options& options) {
    if (!fs::exists(config.data + "/visavis.db"))
        return report({ErrorCode::kNotFound, fmt::format("`{}` holds no collections", config.data)});
    std::error_code ignored;
    if (fs::exists(options.directory) && !fs::is_empty(options.directory, ignored))
        return report({ErrorCode::kAlreadyExists,
                       fmt::format("`{}` is not empty; a backup takes a new directory", options.directory)});
    const auto copied = copy_all(config.data, options.directory, options.with_secrets);
    if (!copied) return report(copied.error());
    fmt::print("{} files in {}{}\n", *copied, options.directory,
               options.with_secrets ? ", with the server key" : "; the server key is not among them");
    return kDone;
}

int restore(const Config& config, const Options& options) {
    if (!fs::exists(options.directory + "/visavis.db"))
        return report({ErrorCode::kNotFound, fmt::format("`{}` is no backup", options.directory)});
    const auto data = DataDirectory::open(config.data);
    if (!data) return report(data.error());
    for (const char* name : {"visavis.db", "keys.sealed", "ledger"})
        if (fs::exists(data->file(name)))
            return report(
                {ErrorCode::kAlreadyExists,
                 fmt::format("`{}` is there already; restore into a new directory", data->file(name))});
    const auto copied = copy_all(options.directory, config.data, true);
    if (!copied) return report(copied.error());
    fmt::print("{} files in {}\n", *copied, config.data);
    if (!fs::exists(data->file("server.key")))
        fmt::print("put the server key that belongs to them into {}\n", data->file("server.key"));
    return kDone;
}

void add(CLI::App& command, int& exit_code, int (*run)(const Config&, const Options&),
         const std::shared_ptr<Options>& options) {
    const auto place = add_place_options(command);
    command.add_option("directory", options->directory, "The backup")->required()->type_name("DIR");
    command.callback([options, place, run, &exit_code] {
        const auto config = place->settings();
        exit_code = config ? run(*config, *options) : report(config.error());
    });
}

}  // namespace

void add_backup(CLI::App& app, int& exit_code) {
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("backup", "Copy the data directory, also beside a running server");
    add(*command, exit_code, backup, options);
    command->add_flag("--with-secrets", options->with_secrets, "With server.key and credentials");
    command->footer(kBackupExamples);
}

void add_restore(CLI::App& app, int& exit_code) {
    CLI::App* command = app.add_subcommand("restore", "Put a backup into a new data directory");
    add(*command, exit_code, restore, std::make_shared<Options>());
    command->footer(kRestoreExamples);
}

}  // namespace visavis::app
