// `visavis bench search`: the exact index against plain reading of the same bytes.
#include <cstdio>
#include <memory>

#include <boost/json.hpp>
#include <fmt/core.h>
#include <unistd.h>

#include "bench_commands.h"
#include "commands.h"
#include "infer/processor.h"
#include "match/search_bench.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis bench search --faces 1000000 --dim 128
  visavis bench search --faces 1000000 --dim 512 --threads 2 --json
  visavis bench search --faces 1000000 --threshold -1 --mates 0      # the 100 best, however bad
  visavis bench search --faces 1000000 --snapshot /var/tmp           # cold start, too

Exit code 1: some answer differed from comparing everything in float.
)";

struct Options {
    match::SearchBenchOptions bench;
    bool json{};
};

void show_progress(std::size_t done, std::size_t all) {
    if (::isatty(STDERR_FILENO) == 0) return;
    fmt::print(stderr, "\r{:3} % of {} faces", 100 * done / all, all);
    if (done == all) fmt::print(stderr, "\r\033[K");
}

void print_json(const match::SearchBenchOptions& options, const match::SearchBenchResult& result) {
    const auto times = [](const match::Milliseconds& ms) {
        return boost::json::object{{"median", ms.median}, {"p95", ms.p95}, {"least", ms.least}};
    };
    boost::json::object answer{{"cpu", infer::processor().name},
                               {"kernel", result.kernel},
                               {"threads", options.threads},
                               {"faces", result.faces},
                               {"dim", options.dimension},
                               {"most", options.most},
                               {"threshold", options.threshold},
                               {"weighted", options.weighted},
                               {"search_ms", times(result.search)},
                               {"batch_of_8_ms", times(result.batch)},
                               {"read_ms", times(result.read)},
                               {"scanned_bytes", result.scanned_bytes},
                               {"answers", result.answers},
                               {"equal_to_float", result.equal},
                               {"appended_per_second", result.append_per_second},
                               {"memory_bytes_per_face", result.memory_per_face}};
    if (!options.folder.empty()) {
        answer["file_bytes_per_face"] = result.file_per_face;
        answer["save_seconds"] = result.save_seconds;
        answer["cold_start_seconds"] = result.cold_seconds;
    }
    app::print_json(answer);
}

void print_text(const match::SearchBenchOptions& options, const match::SearchBenchResult& result) {
    fmt::print("{} faces of {} numbers, {} thread{}, {}, {}\n", result.faces, options.dimension,
               options.threads, options.threads == 1 ? "" : "s", infer::processor().name, result.kernel);
    const auto row = [](const char* name, const match::Milliseconds& ms) {
        fmt::print("  {:<14} median {:7.2f}   95 % {:7.2f}   least {:7.2f} ms\n", name, ms.median, ms.p95,
                   ms.least);
    };
    row("one search", result.search);
    row("eight at once", result.batch);
    row("plain read", result.read);
    fmt::print("  {:.0f} % of the speed of reading; {:.1f} MB scanned, {:.1f} rows found on average\n",
               100 * result.read.median / result.search.median,
               static_cast<double>(result.scanned_bytes) / 1e6, result.answers);
    fmt::print("  {:.0f} rows appended a second, {:.0f} bytes of memory a face\n", result.append_per_second,
               result.memory_per_face);
    if (!options.folder.empty())
        fmt::print("  saved in {:.2f} s ({:.0f} bytes a face), first answer {:.2f} s after a cold start\n",
                   result.save_seconds, result.file_per_face, result.cold_seconds);
    fmt::print("  answers {} comparing everything in float\n", result.equal ? "equal" : "DIFFER FROM");
}

int measure(Options& options) {
    options.bench.progress = show_progress;
    const auto result = match::bench_search(options.bench);
    if (!result) return report(result.error());
    options.json ? print_json(options.bench, *result) : print_text(options.bench, *result);
    return result->equal ? kDone : kNo;
}

}  // namespace

void add_bench_search(CLI::App& bench, int& exit_code) {
    CLI::App* command = bench.add_subcommand("search", "Search synthetic faces exactly");
    const auto options = std::make_shared<Options>();
    match::SearchBenchOptions& wanted = options->bench;
    command->add_option("--faces", wanted.faces, "Rows of the index")
        ->check(CLI::Range(1UL, 20'000'000UL))
        ->capture_default_str();
    command->add_option("--dim", wanted.dimension, "Numbers of a template")
        ->check(CLI::Range(1UL, 4096UL))
        ->capture_default_str();
    command->add_option("--threads", wanted.threads, "Threads of one search")
        ->check(CLI::Range(1UL, 256UL))
        ->capture_default_str();
    command->add_option("--most", wanted.most, "Rows wanted")
        ->check(CLI::Range(1UL, 4096UL))
        ->capture_default_str();
    command->add_option("--threshold", wanted.threshold, "Lowest score; -1: none")->capture_default_str();
    command->add_option("--mates", wanted.mates, "Rows of each query's own person")->capture_default_str();
    command->add_option("--rounds", wanted.rounds, "Searches")
        ->check(CLI::Range(1UL, 1'000'000UL))
        ->capture_default_str();
    command->add_option("--check", wanted.checked, "Answers to compare with float")->capture_default_str();
    command->add_flag("--weighted", wanted.weighted, "With score normalisation of rows and queries");
    command->add_option("--kernel", wanted.kernel, "Instruction set, e.g. avx2; default: the fastest");
    command->add_option("--snapshot", wanted.folder, "Measure a cold start with a file in this folder")
        ->type_name("DIR");
    command->add_option("--faces-file", wanted.faces_file, "Templates to search, as float32")
        ->type_name("FILE");
    command->add_option("--queries-file", wanted.queries_file, "Templates to search for")->type_name("FILE");
    command->add_option("--answers", wanted.answers_file, "Write what was found")->type_name("FILE");
    command->add_flag("--json", options->json, "Figures as JSON");
    command->footer(kExamples);
    command->callback([options, &exit_code] { exit_code = measure(*options); });
}

}  // namespace visavis::app
