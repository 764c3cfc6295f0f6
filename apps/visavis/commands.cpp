#include "commands.h"

#include <array>
#include <cstdio>

#include <fmt/core.h>

namespace visavis::app {

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
void add_retention(CLI::App& app, int& exit_code);
void add_roles(CLI::App& app, int& exit_code);
void add_restore(CLI::App& app, int& exit_code);
void add_search(CLI::App& app, int& exit_code);
void add_serve(CLI::App& app, int& exit_code);
void add_version(CLI::App& app, int& exit_code);

namespace {

// In the order of `visavis --help`: serving, recognising, keeping, governing, checking.
// One a line, so that additions merge.
// clang-format off
constexpr std::array kCommands = {
    AddCommand{add_serve},
    AddCommand{add_detect},
    AddCommand{add_compare},
    AddCommand{add_index},
    AddCommand{add_search},
    AddCommand{add_collections},
    AddCommand{add_backup},
    AddCommand{add_restore},
    AddCommand{add_keys},
    AddCommand{add_roles},
    AddCommand{add_policy},
    AddCommand{add_cases},
    AddCommand{add_retention},
    AddCommand{add_handover},
    AddCommand{add_ledger},
    AddCommand{add_models},
    AddCommand{add_models_calibrate},  // after `models`, which it extends
    AddCommand{add_audit},
    AddCommand{add_doctor},
    AddCommand{add_bench},
    AddCommand{add_version},
};
// clang-format on

}  // namespace

void add_commands(CLI::App& app, int& exit_code) {
    for (const AddCommand add : kCommands) add(app, exit_code);
}

int report(const Error& error) {
    fmt::print(stderr, "error: {}\n", error.message);
    switch (error.code) {
        case ErrorCode::kAccessDenied:
            return kRefused;
        case ErrorCode::kThrottled:
        case ErrorCode::kUnavailable:
        case ErrorCode::kInternal:
            return kBroken;
        default:
            return kUsage;
    }
}

}  // namespace visavis::app
