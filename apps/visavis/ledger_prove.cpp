// `visavis ledger prove`: makes a tlog-proof from a log's public files, or checks one.
#include <fmt/core.h>

#include "base/file.h"
#include "commands.h"
#include "ledger_commands.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis ledger prove 4711 --log data > 4711.tlog-proof
  visavis ledger prove 4711 --log https://faces.example.org > 4711.tlog-proof
  visavis ledger show 4711 --raw > 4711.json
  visavis ledger prove --check 4711.tlog-proof --entry 4711.json --vkey log.vkey

Exit codes: 0 proof made, or valid; 1 invalid; 4 cannot tell (no checkpoint covers the receipt yet).)";

struct Options {
    std::optional<std::uint64_t> index;
    std::string place;
    std::string check;
    std::string entry;
    std::string vkey;
    std::vector<std::string> witnesses;
};

int make(const Options& options) {
    const LogSource source = open_log(options.place);
    const auto checkpoint = newest_checkpoint(*source.reader);
    if (!checkpoint) return cannot_tell(checkpoint.error());
    const std::uint64_t size = checkpoint->checkpoint.size;
    if (*options.index >= size)
        return cannot_tell({ErrorCode::kUnavailable,
                            fmt::format("the newest checkpoint covers {} receipts; `{}` is not one of them",
                                        size, *options.index)});
    const ledger::TileTree tree(*source.reader, size);
    auto path = ledger::inclusion_proof(tree, *options.index, size);
    if (!path) return cannot_tell(path.error());
    fmt::print("{}", ledger::to_text(ledger::LogProof{.index = *options.index,
                                                      .path = std::move(*path),
                                                      .checkpoint = ledger::to_text(checkpoint->note),
                                                      .extra = {}}));
    return kDone;
}

int check(const Options& options) {
    const auto key = verifier_key(options.vkey);
    if (!key) return report(key.error());
    const auto text = read_file(options.check, 2 * ledger::kMostNoteBytes);
    if (!text) return cannot_tell(text.error());
    const auto entry = read_file(options.entry, ledger::kMostEntryBytes);
    if (!entry) return cannot_tell(entry.error());
    const auto proof = ledger::parse_proof(as_text(*text));
    const auto verified = proof ? ledger::verify_proof(*proof, *entry, *key)
                                : Result<ledger::SignedCheckpoint>(std::unexpected(proof.error()));
    if (!verified) {
        fmt::print("invalid: {}\n", verified.error().message);
        return kNo;
    }
    std::vector<std::string> cosigned;
    for (const auto& given : options.witnesses) {
        const auto witness = verifier_key(given);
        if (!witness) return report(witness.error());
        if (!ledger::verifies(*witness, verified->note)) {
            fmt::print("invalid: witness `{}` has not cosigned the checkpoint\n", witness->name);
            return kNo;
        }
        cosigned.push_back(witness->name);
    }
    fmt::print("valid: the entry is number {} of `{}`, which had {} receipts\n", proof->index,
               verified->checkpoint.origin, verified->checkpoint.size);
    for (const auto& witness : cosigned) fmt::print("  cosigned by {}\n", witness);
    return kDone;
}

}  // namespace

void add_ledger_prove(CLI::App& ledger, int& exit_code) {
    CLI::App* command =
        ledger.add_subcommand("prove", "Make or check the proof that a receipt is in the log");
    const auto options = std::make_shared<Options>();
    command->add_option("index", options->index, "Index of the receipt");
    command->add_option("--log", options->place, "Data directory, log directory or web address")
        ->type_name("DIR|URL");
    auto* check_option =
        command->add_option("--check", options->check, "A proof to be checked")->type_name("FILE");
    auto* entry =
        command->add_option("--entry", options->entry, "The receipt it is about")->type_name("FILE");
    auto* vkey = command->add_option("--vkey", options->vkey, "The log's verifier key")->type_name("KEY");
    command
        ->add_option("--witness", options->witnesses,
                     "With --check: key of a witness that must have cosigned; repeatable")
        ->type_name("KEY")
        ->needs(check_option);
    check_option->needs(entry)->needs(vkey);
    command->footer(kExamples);
    command->callback([options, &exit_code] {
        if (options->check.empty() != options->index.has_value())
            throw CLI::ValidationError("give either the index of a receipt or --check with a proof");
        exit_code = options->index ? make(*options) : check(*options);
    });
}

}  // namespace visavis::app
