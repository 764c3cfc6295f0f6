// The program is a table from subcommand to the function that adds it (commands.cpp). One small file a
// subcommand: it declares its options, and its callback does the work and sets the exit code.
#pragma once

#include <CLI/CLI.hpp>

#include "base/error.h"

namespace visavis::app {

/// What a command leaves to the shell; the same for all commands (docs/cli.md).
enum ExitCode : int {
    kDone = 0,     ///< done, and where the command answers a question: yes
    kNo = 1,       ///< done, and the answer is no (no match, check failed, proof invalid)
    kUsage = 2,    ///< wrong use or bad input
    kRefused = 3,  ///< refused by policy or credentials
    kBroken = 4,   ///< broken, or cannot tell
};

/// Adds its subcommand to `app`; the callback stores the exit code.
using AddCommand = void (*)(CLI::App& app, int& exit_code);

/// Every subcommand of the program.
void add_commands(CLI::App& app, int& exit_code);

/// Prints `error: …` to stderr and gives the exit code for it.
[[nodiscard]] int report(const Error& error);

}  // namespace visavis::app
