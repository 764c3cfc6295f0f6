// The subcommands of `visavis bench`.
#pragma once

#include <CLI/CLI.hpp>

namespace visavis::app {

void add_bench_ledger(CLI::App& bench, int& exit_code);
void add_bench_pipeline(CLI::App& bench, int& exit_code);
void add_bench_search(CLI::App& bench, int& exit_code);

}  // namespace visavis::app
