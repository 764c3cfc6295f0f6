// `visavis restore`.
#include <filesystem>

#include <fmt/core.h>

#include "backup_files.h"
#include "backup_manifest.h"
#include "base/file.h"
#include "commands.h"
#include "data_directory.h"
#include "keys/server_key.h"
#include "ledger/tiles.h"
#include "open_ledger.h"
#include "place_options.h"
#include "services.h"

namespace visavis::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExamples = R"(
Examples:
  visavis restore /backups/2026-11-24 --data /var/lib/visavis            # onto a new machine; then put server.key there
  visavis restore /backups/2026-11-24 --data /var/lib/visavis --replace  # the collections of then, the log of now

A log that is there stays: an older one in its place would be a fork. Keys, sessions, policy and cases that are there stay,
too, so that nothing that was withdrawn comes back; what is missing is taken from the backup. Persons erased since the
backup was made are erased again. The log gets an entry that says so.
)";

struct Options {
    std::string directory;
    bool replace{false};
};

/// The log that is there must be the backup's, gone on: no other server's, and not an older copy.
Result<void> check_continues(const ledger::Ledger& ledger, const std::string& directory,
                             const std::string& backup) {
    const auto note = read_file(backup + "/ledger/checkpoint", ledger::kMostNoteBytes);
    if (!note) return std::unexpected(note.error());
    const auto old = ledger::parse_signed_checkpoint(as_text(*note));
    if (!old) return std::unexpected(old.error());
    const auto now = ledger.log().checkpoint().checkpoint;
    if (now.origin != old->checkpoint.origin)
        return fail(ErrorCode::kConflict,
                    fmt::format("the backup is of the log `{}`, the log here is `{}`: it is another server's",
                                old->checkpoint.origin, now.origin));
    if (old->checkpoint.size > now.size)
        return fail(
            ErrorCode::kConflict,
            fmt::format("the backup's log has {} receipts, the one here only {}: receipts are missing "
                        "here. Move `{}` away and restore into an empty directory to go on with the "
                        "backup's",
                        old->checkpoint.size, now.size, directory));
    const ledger::DirectoryReader reader(directory);
    const ledger::TileTree tiles(reader, now.size);
    const auto root = ledger::tree_root(tiles, old->checkpoint.size);
    if (!root) return std::unexpected(root.error());
    if (*root != old->checkpoint.root)
        return fail(ErrorCode::kConflict,
                    "the log here does not begin with the backup's: one of them is a fork");
    return {};
}

/// Who was erased since the backup is known to openings.db alone.
Result<void> check_no_erasures(const ledger::Ledger& ledger, std::uint64_t since) {
    for (std::uint64_t index = since; index < ledger.log().size(); ++index) {
        const auto entry = ledger.log().entry(index);
        if (!entry) return std::unexpected(entry.error());
        const auto receipt = ledger::parse_receipt(*entry);
        if (receipt && receipt->erasure)
            return fail(
                ErrorCode::kConflict,
                fmt::format("receipt {} erased somebody after the backup was made, but openings.db, "
                            "which knows whom, is missing: put it back, or delete by hand who must not "
                            "come back and restore into an empty directory",
                            index));
    }
    return {};
}

/// What must hold before anything is replaced beside a log that is there.
Result<void> check_beside_log(const Config& config, const DataDirectory& data, const Options& options,
                              const BackupManifest& manifest, bool again) {
    if (fs::exists(data.file("visavis.db")) && !options.replace && !again)
        return fail(
            ErrorCode::kAlreadyExists,
            fmt::format("`{}` is there already; with --replace the backup's collections take its place, "
                        "and the log stays",
                        data.file("visavis.db")));
    const auto server_key = keys::open_server_key(data.file("server.key"), false);
    if (!server_key) return std::unexpected(server_key.error());
    if (fs::exists(options.directory + "/server.key")) {
        const auto its = keys::open_server_key(options.directory + "/server.key", false);
        if (!its) return std::unexpected(its.error());
        if (!std::ranges::equal(its->bytes(), server_key->bytes()))
            return fail(ErrorCode::kConflict, "the backup belongs to another server key");
    }
    const bool openings_missing = !fs::exists(data.file("openings.db"));
    if (openings_missing)
        if (auto copied = copy_one(options.directory + "/openings.db", data.file("openings.db")); !copied)
            return copied;
    auto fits = [&]() -> Result<void> {
        const auto ledger = open_ledger(config, data, *server_key, [](const std::string& message) {
            fmt::print(stderr, "warning: ledger: {}\n", message);
        });
        if (!ledger) return std::unexpected(ledger.error());
        if (auto done = (*ledger)->log().publish(); !done) return done;
        if (auto continues = check_continues(**ledger, data.file("ledger"), options.directory); !continues)
            return continues;
        return openings_missing ? check_no_erasures(**ledger, manifest.since) : Result<void>{};
    }();
    std::error_code ignored;
    if (!fits && openings_missing)
        for (const char* suffix : {"", "-wal", "-shm"})
            fs::remove(data.file("openings.db") + suffix, ignored);
    return fits;
}

/// The collections' database as one step; index files are of other templates and go.
Result<void> put_database(const DataDirectory& data, const std::string& backup) {
    const std::string target = data.file("visavis.db");
    const std::string fresh = target + ".restoring";
    std::error_code error;
    fs::remove(fresh, error);
    if (auto copied = copy_one(backup + "/visavis.db", fresh); !copied) return copied;
    for (const char* suffix : {"-wal", "-shm"}) fs::remove(target + suffix, error);
    fs::rename(fresh, target, error);
    if (error)
        return fail(ErrorCode::kUnavailable, fmt::format("cannot replace `{}`: {}", target, error.message()));
    fs::remove_all(data.file("index"), error);
    return sync_directory(data.path());
}

Result<std::size_t> put_files(const DataDirectory& data, const Options& options, bool keeps_log) {
    const fs::path from = options.directory;
    if (auto done = put_database(data, options.directory); !done) return std::unexpected(done.error());
    const auto names = files_of(from);
    if (!names) return std::unexpected(names.error());
    std::size_t count = 1;
    for (const fs::path& name : *names) {
        const fs::path to = data.file(name.string());
        if (name == "visavis.db" || fs::exists(to)) continue;
        if (auto done = copy_one(from / name, to); !done) return std::unexpected(done.error());
        ++count;
    }
    if (keeps_log || !fs::exists(from / "ledger")) return count;
    for (const auto& entry : fs::recursive_directory_iterator(from / "ledger")) {
        if (!entry.is_regular_file()) continue;
        const fs::path name = entry.path().lexically_relative(from);
        // The checkpoint last: a log without one is made afresh.
        if (name == "ledger/checkpoint") continue;
        if (auto done = copy_one(entry.path(), data.file(name.string())); !done)
            return std::unexpected(done.error());
        ++count;
    }
    if (auto done = copy_one(from / "ledger/checkpoint", data.file("ledger/checkpoint")); !done)
        return std::unexpected(done.error());
    return count + 1;
}

Result<PendingRestore> put_back(const Config& config, const DataDirectory& data, const Options& options) {
    const auto manifest = read_manifest(options.directory);
    if (!manifest && manifest.error().code == ErrorCode::kNotFound)
        return fail(ErrorCode::kNotFound,
                    fmt::format("`{}` is no backup, or one that was cut short: it has no {}",
                                options.directory, kManifestName));
    if (!manifest) return std::unexpected(manifest.error());
    const auto earlier = read_pending(data.path());
    if (!earlier) return std::unexpected(earlier.error());
    // A restore that was cut short is done again as it was begun: half of a log is no log.
    const bool again = *earlier && !(*earlier)->copied;
    if (again && (*earlier)->backup.time != manifest->time)
        return fail(ErrorCode::kConflict,
                    fmt::format("the restore of the backup of {} was cut short: run that again",
                                (*earlier)->backup.time));
    PendingRestore pending{
        .copied = false,
        .keeps_log = again ? (*earlier)->keeps_log : fs::exists(data.file("ledger/checkpoint")),
        .backup = *manifest};
    if (pending.keeps_log) {
        if (auto fits = check_beside_log(config, data, options, *manifest, again); !fits)
            return std::unexpected(fits.error());
    } else if (!again) {
        for (const char* name : {"visavis.db", "keys.sealed", "ledger"})
            if (fs::exists(data.file(name)))
                return fail(ErrorCode::kAlreadyExists,
                            fmt::format("`{}` is there already but no log; restore into a new directory",
                                        data.file(name)));
    }
    if (auto written = write_pending(data.path(), pending); !written) return std::unexpected(written.error());
    const auto count = put_files(data, options, pending.keeps_log);
    if (!count) return std::unexpected(count.error());
    pending.copied = true;
    if (auto written = write_pending(data.path(), pending); !written) return std::unexpected(written.error());
    fmt::print("{} files in {}\n", *count, data.path());
    return pending;
}

int restore(const Config& config, const Options& options) {
    auto data = DataDirectory::open(config.data);
    if (!data) return report(data.error());
    const auto pending = put_back(config, *data, options);
    if (!pending) return report(pending.error());
    if (pending->keeps_log)
        fmt::print("the log that was here stays; persons erased since {} are erased again\n",
                   pending->backup.time);
    else
        fmt::print(
            "no log was here: the backup's goes on after its {} receipts. What was recorded after {} is not "
            "in it; whoever kept\na later checkpoint, and every witness, will notice. Erasures after that "
            "are not known here: make them again.\n",
            pending->backup.ledger, pending->backup.time);
    if (!fs::exists(data->file("server.key"))) {
        fmt::print("put the server key that belongs to it into {}; the first start then finishes\n",
                   data->file("server.key"));
        return kDone;
    }
    const auto services = Services::open(config, std::move(*data), false);
    if (!services) {
        fmt::print(stderr, "the next start finishes, once this is mended: {}\n", services.error().message);
        return kBroken;
    }
    fmt::print("receipt {} says so\n", (*services)->ledger->log().size() - 1);
    return kDone;
}

}  // namespace

void add_restore(CLI::App& app, int& exit_code) {
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("restore", "Put a backup back; a log that is there goes on");
    const auto place = add_place_options(*command);
    command->add_option("directory", options->directory, "The backup")->required()->type_name("DIR");
    command->add_flag("--replace", options->replace, "Replace the collections that are there");
    command->footer(kExamples);
    command->callback([options, place, &exit_code] {
        const auto config = place->settings();
        exit_code = config ? restore(*config, *options) : report(config.error());
    });
}

}  // namespace visavis::app
