#include <fmt/core.h>

#include "commands.h"

namespace visavis::app {

void add_version(CLI::App& app, int& exit_code) {
    app.add_subcommand("version", "Print the program's version")->callback([&exit_code] {
        fmt::print("visavis {}\n", VISAVIS_VERSION);
        exit_code = kDone;
    });
}

}  // namespace visavis::app
