// The options of every command that uses the engine: where settings, data and models are.
#pragma once

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "config.h"

namespace visavis::app {

struct PlaceOptions {
    std::string config_file;
    std::string data;
    std::string models;

    /// Built-in settings, then the file, then the command line. Errors: those of Config::load.
    [[nodiscard]] Result<Config> settings() const;
};

/// Adds --account to a command on collections, into `account`: twelve digits, the default account if absent.
void add_account_option(CLI::App& command, std::string& account);

/// Adds --config, --data and --models to `command`.
[[nodiscard]] std::shared_ptr<PlaceOptions> add_place_options(CLI::App& command);

}  // namespace visavis::app
