// The program is a table from subcommand to the function that adds it (commands.cpp). One small file a
// subcommand: it declares its options, and its callback does the work and sets the exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

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

// Each in the file of its name; add_archives() adds to `visavis collections`.
void add_archives(CLI::App& group, int& exit_code);
void add_audit(CLI::App& app, int& exit_code);
void add_backup(CLI::App& app, int& exit_code);
void add_bench(CLI::App& app, int& exit_code);
void add_cases(CLI::App& app, int& exit_code);
void add_collections(CLI::App& app, int& exit_code);
void add_compare(CLI::App& app, int& exit_code);
void add_detect(CLI::App& app, int& exit_code);
void add_doctor(CLI::App& app, int& exit_code);
void add_handover(CLI::App& app, int& exit_code);
void add_index(CLI::App& app, int& exit_code);
void add_keys(CLI::App& app, int& exit_code);
void add_ledger(CLI::App& app, int& exit_code);
void add_models(CLI::App& app, int& exit_code);
void add_models_calibrate(CLI::App& app, int& exit_code);
void add_policy(CLI::App& app, int& exit_code);
void add_restore(CLI::App& app, int& exit_code);
void add_retention(CLI::App& app, int& exit_code);
void add_roles(CLI::App& app, int& exit_code);
void add_search(CLI::App& app, int& exit_code);
void add_serve(CLI::App& app, int& exit_code);
void add_version(CLI::App& app, int& exit_code);

/// Every subcommand of the program.
void add_commands(CLI::App& app, int& exit_code);

/// Prints a line of JSON to standard output, written as the API writes it.
void print_json(const boost::json::value& value);

/// The same of an operation's answer on one of several images: beside its file, `{"File":…,"Answer":…}`;
/// alone for the only one.
void print_answer(const boost::json::object& answer, const std::string& file, bool only);

/// Prints `error: …` to stderr and gives the exit code for it.
[[nodiscard]] int report(const Error& error);

}  // namespace visavis::app
