// `visavis ledger stats`: counts from the public files alone.
#include <map>

#include <fmt/core.h>

#include "commands.h"
#include "ledger/receipt.h"
#include "ledger_commands.h"

namespace visavis::app {
namespace {

struct Options {
    std::string place;
    bool json{};
};

using Counts = std::map<std::string, std::map<std::string, std::uint64_t>>;  // operation, outcome

Result<Counts> count(const ledger::LogReader& reader, std::uint64_t size) {
    Counts counts;
    for (std::uint64_t bundle = 0; bundle * ledger::kTileWidth < size; ++bundle) {
        const auto entries = ledger::read_bundle(reader, bundle, size);
        if (!entries) return std::unexpected(entries.error());
        for (const Bytes& entry : *entries) {
            const auto receipt = ledger::parse_receipt(entry);
            if (!receipt) return std::unexpected(receipt.error());
            ++counts[receipt->operation][std::string(ledger::name(receipt->outcome))];
        }
    }
    return counts;
}

int stats(const Options& options) {
    const LogSource source = open_log(options.place);
    const auto checkpoint = newest_checkpoint(*source.reader);
    if (!checkpoint) return cannot_tell(checkpoint.error());
    const auto counts = count(*source.reader, checkpoint->checkpoint.size);
    if (!counts) return cannot_tell(counts.error());
    if (options.json) {
        print_json(boost::json::object{{"origin", checkpoint->checkpoint.origin},
                                       {"size", checkpoint->checkpoint.size},
                                       {"operations", boost::json::value_from(*counts)}});
        return kDone;
    }
    fmt::print("{}: {} receipts\n", checkpoint->checkpoint.origin, checkpoint->checkpoint.size);
    for (const auto& [operation, outcomes] : *counts)
        for (const auto& [outcome, number] : outcomes)
            fmt::print("  {:<22} {:<9} {:>9}\n", operation, outcome, number);
    return kDone;
}

}  // namespace

void add_ledger_stats(CLI::App& ledger, int& exit_code) {
    CLI::App* command = ledger.add_subcommand("stats", "Count receipts by operation and outcome");
    const auto options = std::make_shared<Options>();
    command->add_option("--log", options->place, "Data directory, log directory or web address")
        ->type_name("DIR|URL");
    command->add_flag("--json", options->json, "Machine-readable");
    command->footer(
        "\nExamples:\n  visavis ledger stats --log data\n  visavis ledger stats --log "
        "https://faces.example.org");
    command->callback([options, &exit_code] { exit_code = stats(*options); });
}

}  // namespace visavis::app
