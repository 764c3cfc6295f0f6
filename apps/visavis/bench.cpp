// `visavis bench`: the parent of its subcommands.
#include "bench_commands.h"
#include "commands.h"

namespace visavis::app {

void add_bench(CLI::App& app, int& exit_code) {
    CLI::App* bench = app.add_subcommand("bench", "Measure speed on this machine");
    bench->require_subcommand(1);
    add_bench_ledger(*bench, exit_code);
    add_bench_pipeline(*bench, exit_code);
    add_bench_search(*bench, exit_code);
}

}  // namespace visavis::app
