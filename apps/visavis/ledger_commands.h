// `visavis ledger …`: one small file a subcommand.
#pragma once

#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "base/error.h"
#include "client.h"
#include "ledger/checkpoint.h"
#include "ledger/tiles.h"

namespace visavis::app {

void add_ledger_verify(CLI::App& ledger, int& exit_code);
void add_ledger_prove(CLI::App& ledger, int& exit_code);
void add_ledger_show(CLI::App& ledger, int& exit_code);
void add_ledger_tail(CLI::App& ledger, int& exit_code);
void add_ledger_stats(CLI::App& ledger, int& exit_code);
void add_ledger_report(CLI::App& ledger, int& exit_code);
void add_ledger_subject(CLI::App& ledger, int& exit_code);
void add_ledger_erase(CLI::App& ledger, int& exit_code);
void add_ledger_rotate_key(CLI::App& ledger, int& exit_code);

/// A log's public files, wherever they are.
struct LogSource {
    std::unique_ptr<ledger::LogReader> reader;
    std::string directory;  ///< empty for a web address
};

/// `https://host[/prefix]`, a log's directory, or a data directory (its `ledger`). Nothing is read yet.
/// Empty: the default data directory.
[[nodiscard]] LogSource open_log(const std::string& place);

/// The newest checkpoint, its signature not verified; errors as the reader's, or kInvalidParameter.
[[nodiscard]] Result<ledger::SignedCheckpoint> newest_checkpoint(const ledger::LogReader& reader);

/// The text of `KEY`, or of the file `KEY` if there is one.
[[nodiscard]] Result<ledger::VerifierKey> verifier_key(const std::string& text_or_file);

/// Asks the server or engine of a data directory; the JSON of its answer.
[[nodiscard]] Result<boost::json::object> ask(const std::string& data, std::string_view method,
                                              const std::string& target, std::string_view body);

/// An error where a caller asked whether something holds: kBroken, "cannot tell".
[[nodiscard]] int cannot_tell(const Error& error);

}  // namespace visavis::app
