// `visavis bench ledger`: durable receipts a second, proofs, and how long a start takes after a crash.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <random>
#include <thread>

#include <boost/json.hpp>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/random.h"
#include "bench_commands.h"
#include "commands.h"
#include "ledger/journal.h"
#include "ledger/ledger.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis bench ledger
  visavis bench ledger --directory /var/lib/visavis --seconds 10 --json

Receipts are those of a search with ten candidates, openings included. The directory's disk decides: beside the ledger
stands what one bare fdatasync of as many bytes as a group costs there, measured in the same run.
)";

struct Options {
    std::string directory{"."};
    unsigned writers{16};
    unsigned seconds{5};
    std::uint64_t entries{1'000'000};
    bool json{false};
};

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double quantile(std::vector<double>& values, double share) {
    if (values.empty()) return std::nan("");
    const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::ranges::nth_element(values, values.begin() + at);
    return values[static_cast<std::size_t>(at)];
}

ledger::Draft search(std::uint64_t number) {
    ledger::Draft draft;
    draft.receipt.operation = "SearchFacesByImage";
    draft.receipt.start = draft.receipt.end = SystemClock().now();
    draft.receipt.gallery_size = 25'000;
    draft.receipt.threshold = "80.0000";
    draft.receipt.threshold_fmr = "2.51e-06";
    draft.receipt.policy_set = std::string(64, 'a');
    draft.receipt.policies = {"identify-missing-persons"};
    draft.receipt.pack = "default 1";
    draft.receipt.curve = std::string(64, 'b');
    draft.receipt.software = VISAVIS_VERSION;
    draft.secrets = {{.field = "principal", .value = "operator-1"},
                     {.field = "purpose", .value = "missing-person"},
                     {.field = "case", .value = "2026-118"},
                     {.field = "recipient", .value = "unit-4"},
                     {.field = "address", .value = "198.51.100.7"},
                     {.field = "collection", .value = "bench"},
                     {.field = "probe-0", .value = std::string(64, 'c')}};
    draft.lists_candidates = true;
    for (std::uint64_t i = 0; i < 10; ++i) {
        const std::string id = fmt::format("{:032x}", number * 10 + i);
        draft.candidates.push_back(
            {.id = id, .similarity = "91.2345", .subject = "000000000000/bench/" + id});
    }
    return draft;
}

Result<std::unique_ptr<ledger::Ledger>> open(const std::string& directory, const keys::SealKey& key) {
    ledger::LedgerOptions options;
    options.directory = directory + "/ledger";
    options.openings = directory + "/openings.db";
    options.software = VISAVIS_VERSION;
    return ledger::Ledger::open(std::move(options), key);
}

/// Milliseconds of one write and fdatasync of a group's size, over and over.
std::vector<double> bare_syncs(const std::string& directory, std::size_t bytes) {
    const std::string path = directory + "/sync-probe";
    const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    std::vector<double> times;
    const std::string content(bytes, 'x');
    for (int i = 0; i < 300 && file; ++i) {
        const auto start = Clock::now();
        if (::pwrite(file.get(), content.data(), bytes, static_cast<off_t>(bytes) * i) < 0) break;
        if (::fdatasync(file.get()) != 0) break;
        times.push_back(milliseconds_since(start));
    }
    ::unlink(path.c_str());
    return times;
}

struct Appending {
    double per_second{};
    double p50_ms{};
    double p99_ms{};
    double worst_ms{};
    double processor_ms{};  // of all threads, a receipt: what a server that is busy otherwise loses by it
};

double processor_milliseconds() {
    struct rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto of = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
    };
    return of(used.ru_utime) + of(used.ru_stime);
}

Result<Appending> append(ledger::Ledger& ledger, const Options& options) {
    std::vector<std::vector<double>> times(options.writers);
    std::atomic<bool> failed{false};
    const auto start = Clock::now();
    const double busy_before = processor_milliseconds();
    const auto end = start + std::chrono::seconds(options.seconds);
    {
        std::vector<std::jthread> writers;
        for (unsigned writer = 0; writer < options.writers; ++writer)
            writers.emplace_back([&, writer] {
                for (std::uint64_t number = writer; Clock::now() < end; number += options.writers) {
                    const auto begun = Clock::now();
                    if (!ledger.add(search(number))) failed = true;
                    times[writer].push_back(milliseconds_since(begun));
                }
            });
    }
    if (failed) return fail(ErrorCode::kUnavailable, "a receipt could not be written");
    const double seconds = milliseconds_since(start) / 1000;
    const double busy = processor_milliseconds() - busy_before;
    std::vector<double> all;
    for (const auto& some : times) all.insert(all.end(), some.begin(), some.end());
    return Appending{.per_second = static_cast<double>(all.size()) / seconds,
                     .p50_ms = quantile(all, 0.5),
                     .p99_ms = quantile(all, 0.99),
                     .worst_ms = quantile(all, 1),
                     .processor_ms = busy / static_cast<double>(all.size())};
}

/// A directory as a crash leaves it that came before any tile was written: everything in the journal.
Result<void> fill_journal(const std::string& directory, const keys::SealKey& key, std::uint64_t count) {
    const ledger::OpeningKeys keys(key);
    if (auto made = open(directory, key); !made) return std::unexpected(made.error());
    auto journal =
        ledger::Journal::open(directory + "/ledger/journal",
                              [](std::uint64_t, const ledger::JournalView&) { return Result<void>{}; });
    if (!journal) return std::unexpected(journal.error());
    constexpr std::uint64_t kGroup = 4096;
    for (std::uint64_t done = 0; done < count;) {
        std::vector<ledger::JournalEntry> group;
        for (; group.size() < kGroup && done < count; ++done) {
            auto prepared = ledger::prepare(keys, search(done));
            if (!prepared) return std::unexpected(prepared.error());
            group.push_back(std::move(prepared->entry));
        }
        if (auto written = journal->append(group); !written) return written;
    }
    return {};
}

Result<boost::json::object> measure(const Options& options, const std::string& directory) {
    const auto key = keys::SealKey::generate();
    std::filesystem::create_directories(directory + "/append");
    std::filesystem::create_directories(directory + "/replay");
    auto prepared = ledger::prepare(ledger::OpeningKeys(key), search(0));
    if (!prepared) return std::unexpected(prepared.error());
    const std::size_t bytes = prepared->entry.entry.size() + prepared->entry.openings.size();
    auto syncs = bare_syncs(directory, bytes * options.writers);

    Appending appended;
    {
        const auto ledger = open(directory + "/append", key);
        if (!ledger) return std::unexpected(ledger.error());
        auto measured = append(**ledger, options);
        if (!measured) return std::unexpected(measured.error());
        appended = *measured;
    }
    std::filesystem::remove_all(directory + "/append");

    if (auto filled = fill_journal(directory + "/replay", key, options.entries); !filled)
        return std::unexpected(filled.error());
    auto start = Clock::now();
    auto ledger = open(directory + "/replay", key);
    if (!ledger) return std::unexpected(ledger.error());
    const double replay_ms = milliseconds_since(start);
    if (auto done = (*ledger)->log().publish(); !done) return std::unexpected(done.error());
    const double tiles_ms = milliseconds_since(start);
    if (auto done = (*ledger)->log().catch_up(); !done) return std::unexpected(done.error());
    if (auto done = (*ledger)->log().publish(); !done) return std::unexpected(done.error());
    const double openings_ms = milliseconds_since(start);
    std::vector<double> proofs;
    std::mt19937_64 random(7);
    for (int i = 0; i < 2000; ++i) {
        start = Clock::now();
        const auto proof = (*ledger)->log().proof(random() % options.entries);
        if (!proof) return std::unexpected(proof.error());
        proofs.push_back(milliseconds_since(start));
    }
    // The usual start: all in tiles, the journal trimmed.
    ledger->reset();
    start = Clock::now();
    ledger = open(directory + "/replay", key);
    if (!ledger) return std::unexpected(ledger.error());
    const double start_ms = milliseconds_since(start);
    return boost::json::object{{"writers", options.writers},
                               {"receipt_bytes", prepared->entry.entry.size()},
                               {"openings_bytes", prepared->entry.openings.size()},
                               {"receipts_per_second", appended.per_second},
                               {"p50_ms", appended.p50_ms},
                               {"p99_ms", appended.p99_ms},
                               {"worst_ms", appended.worst_ms},
                               {"processor_ms", appended.processor_ms},
                               {"bare_fdatasync_p50_ms", quantile(syncs, 0.5)},
                               {"bare_fdatasync_p99_ms", quantile(syncs, 0.99)},
                               {"entries", options.entries},
                               {"replay_seconds", replay_ms / 1000},
                               {"replay_tiles_seconds", tiles_ms / 1000},
                               {"replay_openings_seconds", openings_ms / 1000},
                               {"start_seconds", start_ms / 1000},
                               {"proof_p50_ms", quantile(proofs, 0.5)},
                               {"proof_p99_ms", quantile(proofs, 0.99)}};
}

int bench(const Options& options) {
    const std::string directory = options.directory + "/visavis-bench-" + random_uuid();
    const auto measured = measure(options, directory);
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
    if (!measured) return report(measured.error());
    if (options.json) {
        print_json(*measured);
        return kDone;
    }
    const auto number = [&](const char* name) { return measured->at(name).to_number<double>(); };
    fmt::print("receipts    {:.0f} a second with {} writers; p50 {:.2f} ms, p99 {:.2f} ms, worst {:.1f} ms\n",
               number("receipts_per_second"), options.writers, number("p50_ms"), number("p99_ms"),
               number("worst_ms"));
    fmt::print(
        "            {:.2f} ms of processor time each; {:.0f} bytes each in the log, {:.0f} of sealed "
        "openings\n",
        number("processor_ms"), number("receipt_bytes"), number("openings_bytes"));
    fmt::print("this disk   one bare fdatasync of a full group: p50 {:.2f} ms, p99 {:.2f} ms\n",
               number("bare_fdatasync_p50_ms"), number("bare_fdatasync_p99_ms"));
    fmt::print(
        "replay      {:.2f} s for {} receipts in the journal; in tiles after {:.1f} s, openings after {:.1f} "
        "s\n",
        number("replay_seconds"), options.entries, number("replay_tiles_seconds"),
        number("replay_openings_seconds"));
    fmt::print("start       {:.3f} s with {} receipts in tiles and none in the journal\n",
               number("start_seconds"), options.entries);
    fmt::print("proof       p50 {:.3f} ms, p99 {:.3f} ms among {} receipts\n", number("proof_p50_ms"),
               number("proof_p99_ms"), options.entries);
    return kDone;
}

}  // namespace

void add_bench_ledger(CLI::App& bench_app, int& exit_code) {
    CLI::App* command = bench_app.add_subcommand("ledger", "Durable receipts a second, replay and proofs");
    const auto options = std::make_shared<Options>();
    command
        ->add_option("--directory", options->directory, "On the disk to be measured; cleaned up afterwards")
        ->capture_default_str()
        ->type_name("DIR");
    command->add_option("--writers", options->writers, "Threads that append")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    command->add_option("--seconds", options->seconds, "How long they append")
        ->check(CLI::Range(1, 600))
        ->capture_default_str();
    command->add_option("--entries", options->entries, "Receipts for replay and proofs")
        ->check(CLI::Range(1, 100'000'000))
        ->capture_default_str();
    command->add_flag("--json", options->json, "Machine-readable");
    command->footer(kExamples);
    command->callback([options, &exit_code] { exit_code = bench(*options); });
}

}  // namespace visavis::app
