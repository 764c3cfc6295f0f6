// `visavis ledger verify`.
#include <filesystem>

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "base/file.h"
#include "commands.h"
#include "ledger/verify_log.h"
#include "ledger_commands.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis ledger verify data --vkey 'example.org/visavis+1a2b3c4d+Aa…'
  visavis ledger verify https://faces.example.org --vkey log.vkey --since checkpoint-of-last-year
  visavis ledger verify copy/ --json

Works offline, on a copy, and without trusting the server. Get the key from somewhere else than the log: with the log's
own key, whoever forged the log could have forged the key.
Exit codes: 0 valid, 1 invalid, 4 cannot tell.)";

struct Options {
    std::string place;
    std::string vkey;
    std::string since;
    std::vector<std::string> witnesses;
    bool json{};
};

std::string_view name(ledger::Verdict verdict) {
    switch (verdict) {
        case ledger::Verdict::kValid:
            return "valid";
        case ledger::Verdict::kInvalid:
            return "invalid";
        case ledger::Verdict::kCannotTell:
            break;
    }
    return "cannot tell";
}

void print_json(const ledger::LogVerdict& verdict) {
    boost::json::object object{
        {"verdict", name(verdict.verdict)},
        {"origin", verdict.checkpoint.origin},
        {"size", verdict.checkpoint.size},
        {"root", to_base64(verdict.checkpoint.root)},
        {"key", verdict.key},
        {"key_from_log", verdict.key_from_log},
        {"rotations", verdict.rotations},
        {"cosigned_by", boost::json::value_from(verdict.cosigned_by)},
        {"unchecked_cosignatures", boost::json::value_from(verdict.unchecked_cosignatures)},
        {"beyond_checkpoint", verdict.beyond_checkpoint},
        {"notes", boost::json::value_from(verdict.notes)}};
    if (!verdict.reason.empty()) object["reason"] = verdict.reason;
    if (verdict.since) object["since"] = *verdict.since;
    app::print_json(object);
}

void print_text(const ledger::LogVerdict& verdict) {
    if (verdict.verdict != ledger::Verdict::kValid) {
        fmt::print("{}: {}\n", name(verdict.verdict), verdict.reason);
        return;
    }
    fmt::print("valid: all {} receipts of `{}` agree with its signed checkpoint\n", verdict.checkpoint.size,
               verdict.checkpoint.origin);
    fmt::print("  key   {}\n", verdict.key);
    if (verdict.key_from_log)
        fmt::print(
            "  The key is the one that the log itself offers. Compare it with one from elsewhere "
            "(--vkey).\n");
    if (verdict.rotations > 0)
        fmt::print("  The key was handed over {} times since the one given.\n", verdict.rotations);
    if (verdict.since) fmt::print("  It continues the earlier checkpoint of {} receipts.\n", *verdict.since);
    for (const auto& witness : verdict.cosigned_by) fmt::print("  cosigned by {}\n", witness);
    if (!verdict.unchecked_cosignatures.empty())
        fmt::print("  claims of cosignatures that were not checked (--witness): {}\n",
                   fmt::join(verdict.unchecked_cosignatures, ", "));
    if (verdict.beyond_checkpoint > 0)
        fmt::print("  {} more receipts are whole in the journal; no checkpoint covers them yet\n",
                   verdict.beyond_checkpoint);
    for (const auto& note : verdict.notes) fmt::print("  note: {}\n", note);
}

Result<ledger::VerifyLogOptions> settings(const Options& options, const LogSource& source) {
    ledger::VerifyLogOptions made;
    if (!options.vkey.empty()) {
        auto key = verifier_key(options.vkey);
        if (!key) return std::unexpected(key.error());
        made.key = std::move(*key);
    }
    for (const auto& witness : options.witnesses) {
        auto key = verifier_key(witness);
        if (!key) return std::unexpected(key.error());
        made.witnesses.push_back(std::move(*key));
    }
    if (!options.since.empty()) {
        const auto note = read_file(options.since, ledger::kMostNoteBytes);
        if (!note) return std::unexpected(note.error());
        made.since = std::string(as_text(*note));
    }
    if (!source.directory.empty()) {
        made.files = ledger::list_log_files(source.directory);
        // A copy for outsiders has none.
        std::error_code error;
        if (std::filesystem::exists(source.directory + "/journal", error))
            made.journal = source.directory + "/journal";
    }
    if (::isatty(STDERR_FILENO) != 0 && !options.json)
        made.progress = [](std::uint64_t done, std::uint64_t size) {
            fmt::print(stderr, "\r{} of {} receipts{}", done, size, done == size ? "\n" : "");
        };
    return made;
}

int verify(const Options& options) {
    const LogSource source = open_log(options.place);
    const auto made = settings(options, source);
    if (!made) return report(made.error());
    const auto verdict = ledger::verify_log(*source.reader, *made);
    options.json ? print_json(verdict) : print_text(verdict);
    switch (verdict.verdict) {
        case ledger::Verdict::kValid:
            return kDone;
        case ledger::Verdict::kInvalid:
            return kNo;
        case ledger::Verdict::kCannotTell:
            break;
    }
    return kBroken;
}

}  // namespace

void add_ledger_verify(CLI::App& ledger, int& exit_code) {
    CLI::App* command = ledger.add_subcommand("verify", "Check a whole log against its signed checkpoint");
    const auto options = std::make_shared<Options>();
    command->add_option("log", options->place, "Data directory, log directory or web address")
        ->type_name("DIR|URL");
    command->add_option("--vkey", options->vkey, "The log's verifier key, or a file that holds it")
        ->type_name("KEY");
    command->add_option("--since", options->since, "An earlier checkpoint that the log must continue")
        ->type_name("FILE");
    command
        ->add_option("--witness", options->witnesses, "Key of a witness that must have cosigned; repeatable")
        ->type_name("KEY");
    command->add_flag("--json", options->json, "Machine-readable");
    command->footer(kExamples);
    command->callback([options, &exit_code] { exit_code = verify(*options); });
}

}  // namespace visavis::app
