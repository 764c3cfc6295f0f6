// `visavis ledger show` and `visavis ledger tail`.
#include <chrono>
#include <thread>

#include <fmt/core.h>

#include "commands.h"
#include "ledger/receipt.h"
#include "ledger_commands.h"

namespace visavis::app {
namespace {

constexpr const char* kShowExamples = R"(
Examples:
  visavis ledger show 4711                 # the record, one member a line
  visavis ledger show 4711 --raw > r.json  # byte for byte as in the log
  visavis ledger show 4711 --open          # with what it commits to; policy decides, and it leaves a receipt)";

struct ShowOptions {
    std::uint64_t index{};
    std::string place;
    bool open{};
    bool raw{};
    bool json{};
};

struct TailOptions {
    std::uint64_t count{10};
    std::string place;
    bool follow{};
    bool json{};
};

void print_line(std::uint64_t index, const ledger::Receipt& receipt, std::string_view entry, bool json) {
    if (json) {
        fmt::print("{{\"index\":{},\"record\":{}}}\n", index, entry);
        return;
    }
    std::string more;
    if (receipt.gallery_size) more += fmt::format("  gallery {}", *receipt.gallery_size);
    if (!receipt.threshold.empty()) more += fmt::format("  threshold {}", receipt.threshold);
    if (receipt.candidates) more += fmt::format("  candidates {}", receipt.candidates->count);
    if (!receipt.error.empty()) more += fmt::format("  {}", receipt.error);
    fmt::print("{:>8}  {}  {:<20} {}{}\n", index, ledger::format_time(receipt.start), receipt.operation,
               ledger::name(receipt.outcome), more);
}

int show_open(const ShowOptions& options) {
    const auto answer = ask(options.place, "POST", fmt::format("/v1/receipts/{}/open", options.index), "{}");
    if (!answer) return report(answer.error());
    if (options.json) {
        print_json(*answer);
        return kDone;
    }
    for (const auto& member : answer->at("record").as_object())
        fmt::print("{:<16} {}\n", std::string_view(member.key()), boost::json::serialize(member.value()));
    for (const char* list : {"fields", "candidates", "subjects"})
        for (const auto& item : answer->at(list).as_array()) {
            const auto& opening = item.as_object();
            fmt::print("  {:<14} {}\n", std::string_view(opening.at("field").as_string()),
                       opening.contains("value")      ? std::string_view(opening.at("value").as_string())
                       : opening.contains("withheld") ? std::string_view("(withheld)")
                                                      : std::string_view("(erased)"));
        }
    return kDone;
}

int show(const ShowOptions& options) {
    if (options.open) return show_open(options);
    const LogSource source = open_log(options.place);
    const auto checkpoint = newest_checkpoint(*source.reader);
    if (!checkpoint) return cannot_tell(checkpoint.error());
    const auto entry = ledger::read_entry(*source.reader, options.index, checkpoint->checkpoint.size);
    if (!entry) return report(entry.error());
    if (options.raw || options.json) {
        fmt::print("{}{}", as_text(*entry), options.raw ? "" : "\n");
        return kDone;
    }
    const auto value = boost::json::parse(as_text(*entry));
    for (const auto& member : value.as_object())
        fmt::print("{:<16} {}\n", std::string_view(member.key()), boost::json::serialize(member.value()));
    return kDone;
}

/// Prints the entries [from, to); an error if the files cannot be read.
Result<void> print_range(const ledger::LogReader& reader, std::uint64_t from, std::uint64_t to, bool json) {
    for (std::uint64_t index = from; index < to;) {
        const auto entries = ledger::read_bundle(reader, index / ledger::kTileWidth, to);
        if (!entries) return std::unexpected(entries.error());
        for (std::size_t i = index % ledger::kTileWidth; i < entries->size(); ++i, ++index) {
            const auto receipt = ledger::parse_receipt((*entries)[i]);
            if (!receipt) return std::unexpected(receipt.error());
            print_line(index, *receipt, as_text((*entries)[i]), json);
        }
    }
    (void)std::fflush(stdout);
    return {};
}

int tail(const TailOptions& options) {
    const LogSource source = open_log(options.place);
    std::optional<std::uint64_t> next;
    for (;;) {
        const auto checkpoint = newest_checkpoint(*source.reader);
        if (!checkpoint) return cannot_tell(checkpoint.error());
        const std::uint64_t size = checkpoint->checkpoint.size;
        if (!next) next = size > options.count ? size - options.count : 0;
        if (auto printed = print_range(*source.reader, *next, size, options.json); !printed)
            return cannot_tell(printed.error());
        next = size;
        if (!options.follow) return kDone;
        std::this_thread::sleep_for(std::chrono::seconds(1));
    }
}

}  // namespace

void add_ledger_show(CLI::App& ledger, int& exit_code) {
    CLI::App* command = ledger.add_subcommand("show", "Show one receipt");
    const auto options = std::make_shared<ShowOptions>();
    command->add_option("index", options->index, "Index of the receipt")->required();
    command->add_option("--log", options->place, "Data directory, log directory or web address")
        ->type_name("DIR|URL");
    command->add_flag("--open", options->open, "With what it commits to (needs the data directory)");
    command->add_flag("--raw", options->raw, "The entry's bytes, nothing else");
    command->add_flag("--json", options->json, "Machine-readable");
    command->footer(kShowExamples);
    command->callback([options, &exit_code] { exit_code = show(*options); });
}

void add_ledger_tail(CLI::App& ledger, int& exit_code) {
    CLI::App* command = ledger.add_subcommand("tail", "Show the newest receipts");
    const auto options = std::make_shared<TailOptions>();
    command->add_option("-n,--count", options->count, "How many")->capture_default_str();
    command->add_option("--log", options->place, "Data directory, log directory or web address")
        ->type_name("DIR|URL");
    command->add_flag("-f,--follow", options->follow, "Go on as they come");
    command->add_flag("--json", options->json, "Machine-readable, one receipt a line");
    command->footer("\nExamples:\n  visavis ledger tail -n 50 --log data\n  visavis ledger tail -f");
    command->callback([options, &exit_code] { exit_code = tail(*options); });
}

}  // namespace visavis::app
