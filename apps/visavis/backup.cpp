// `visavis backup`.
#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/core.h>

#include "backup_files.h"
#include "backup_manifest.h"
#include "base/clock.h"
#include "base/file.h"
#include "commands.h"
#include "data_directory.h"
#include "keys/server_key.h"
#include "ledger/copy_log.h"
#include "ledger/opening_store.h"
#include "place_options.h"

namespace visavis::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExamples = R"(
Examples:
  visavis backup /backups/2026-11-24                  # while the server runs, or without it
  visavis backup --with-secrets /safe/everything      # with server.key and the root client's credentials

Without the server key a backup shows no template and no key to anybody, and nothing can be signed with it: the ledger's
private key is in it sealed under the server key. Keep DATA/server.key elsewhere: nothing can be read without it. Index
files and compiled networks are left out: they are made anew.
)";

struct Options {
    std::string directory;
    bool with_secrets{false};
};

/// How many receipts outsiders could read before anything was copied; 0 without a ledger.
std::uint64_t published(const std::string& data) {
    const auto note = read_file(data + "/ledger/checkpoint", ledger::kMostNoteBytes);
    const auto checkpoint = note ? ledger::parse_signed_checkpoint(as_text(*note))
                                 : Result<ledger::SignedCheckpoint>(std::unexpected(note.error()));
    return checkpoint ? checkpoint->checkpoint.size : 0;
}

/// The number of receipts copied.
Result<std::uint64_t> copy_ledger(const Config& config, const Options& options) {
    if (!fs::exists(config.data + "/ledger/checkpoint")) return 0;
    const auto copy = ledger::copy_log(config.data + "/ledger", options.directory + "/ledger");
    if (!copy) return std::unexpected(copy.error());
    const std::string to = options.directory + "/ledger";
    if (options.with_secrets) {
        if (auto written = ledger::write_copied_key(*copy, to, nullptr); !written)
            return std::unexpected(written.error());
        return copy->size;
    }
    const auto server_key = keys::open_server_key(config.data + "/server.key", false);
    if (!server_key) return std::unexpected(server_key.error());
    if (auto written = ledger::write_copied_key(*copy, to, &*server_key); !written)
        return std::unexpected(written.error());
    return copy->size;
}

/// What keeps receipts with its changes (engine/receipt_outbox.h).
constexpr std::array<std::string_view, 4> kBeforeTheLedger{"visavis.db", "policy.db", "keys.sealed",
                                                           "sessions.sealed"};

/// The order matters while a server writes: a change's receipt must not be missing in the copy of the ledger,
/// and a receipt's openings must not be missing in openings.db.
Result<std::size_t> copy_all(const Config& config, const Options& options, BackupManifest& manifest) {
    const fs::path from = config.data;
    const fs::path to = options.directory;
    const auto names = files_of(from);
    if (!names) return std::unexpected(names.error());
    const auto before = [](const fs::path& name) {
        return std::ranges::find(kBeforeTheLedger, name.string()) != kBeforeTheLedger.end();
    };
    std::size_t copied = 0;
    for (const fs::path& name : *names) {
        if (!before(name)) continue;
        if (const auto done = copy_one(from / name, to / name); !done) return std::unexpected(done.error());
        ++copied;
    }
    const auto receipts = copy_ledger(config, options);
    if (!receipts) return std::unexpected(receipts.error());
    manifest.ledger = *receipts;
    for (const fs::path& name : *names) {
        if (before(name) || (is_secret(name) && !options.with_secrets)) continue;
        if (const auto done = copy_one(from / name, to / name); !done) return std::unexpected(done.error());
        ++copied;
        if (name == "openings.db")
            if (auto cut = ledger::OpeningStore::cut((to / name).string(), *receipts); !cut)
                return std::unexpected(cut.error());
    }
    return copied;
}

int backup(const Config& config, const Options& options) {
    if (!fs::exists(config.data + "/visavis.db"))
        return report({ErrorCode::kNotFound, fmt::format("`{}` holds no collections", config.data)});
    if (fs::exists(config.data + "/" + kPendingName))
        return report(
            {ErrorCode::kConflict, fmt::format("a restore into `{}` is not finished: start the server "
                                               "once before a backup is made of it",
                                               config.data)});
    std::error_code ignored;
    if (fs::exists(options.directory) && !fs::is_empty(options.directory, ignored))
        return report({ErrorCode::kAlreadyExists,
                       fmt::format("`{}` is not empty; a backup takes a new directory", options.directory)});
    if (options.with_secrets)  // a link to a disk that is not there would be left out without a word
        if (const auto key = keys::open_server_key(config.data + "/server.key", false); !key)
            return report(key.error());
    BackupManifest manifest{.time = ledger::format_time(SystemClock().now()),
                            .software = VISAVIS_VERSION,
                            .since = published(config.data),
                            .ledger = 0};
    const auto copied = copy_all(config, options, manifest);
    if (!copied) return report(copied.error());
    // Last: a backup that was cut short does not call itself one.
    if (auto written = write_manifest(options.directory, manifest); !written) return report(written.error());
    fmt::print("{} files and {} receipts in {}{}\n", *copied, manifest.ledger, options.directory,
               options.with_secrets ? ", with the server key" : "; the server key is not among them");
    return kDone;
}

}  // namespace

void add_backup(CLI::App& app, int& exit_code) {
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("backup", "Copy the data directory, also beside a running server");
    const auto place = add_place_options(*command);
    command->add_option("directory", options->directory, "The backup")->required()->type_name("DIR");
    command->add_flag("--with-secrets", options->with_secrets, "With server.key and credentials");
    command->footer(kExamples);
    command->callback([options, place, &exit_code] {
        const auto config = place->settings();
        exit_code = config ? backup(*config, *options) : report(config.error());
    });
}

}  // namespace visavis::app
