#include "commands.h"

#include <array>
#include <cstdio>

#include <fmt/core.h>

#include "protocol/json_text.h"

namespace visavis::app {
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

void print_json(const boost::json::value& value) {
    fmt::print("{}\n", protocol::json_text(value));
}

void print_answer(const boost::json::object& answer, const std::string& file, bool only) {
    print_json(only ? answer : boost::json::object{{"File", file}, {"Answer", answer}});
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
