// `visavis ledger`: the group and what its subcommands share.
#include <filesystem>

#include <fmt/core.h>

#include "base/file.h"
#include "commands.h"
#include "config.h"
#include "data_directory.h"
#include "http_fetch.h"
#include "ledger_commands.h"

namespace visavis::app {
namespace {

constexpr std::chrono::seconds kFetchLimit{30};

class WebReader final : public ledger::LogReader {
  public:
    explicit WebReader(std::string prefix) : prefix_(std::move(prefix)) {}

    [[nodiscard]] Result<Bytes> read(const std::string& path) const override {
        const std::string url = prefix_ + "/" + path;
        const auto answer = http_fetch(url, std::nullopt, kFetchLimit);
        if (!answer) return std::unexpected(answer.error());
        if (answer->status == 404) return fail(ErrorCode::kNotFound, fmt::format("`{}` does not exist", url));
        if (answer->status != 200)
            return fail(ErrorCode::kUnavailable, fmt::format("`{}` answered {}", url, answer->status));
        return Bytes(answer->body.begin(), answer->body.end());
    }

  private:
    std::string prefix_;
};

}  // namespace

LogSource open_log(const std::string& place) {
    if (place.starts_with("http://") || place.starts_with("https://")) {
        std::string prefix = place;
        while (prefix.ends_with('/')) prefix.pop_back();
        if (prefix.find('/', prefix.find("//") + 2) == std::string::npos) prefix += "/ledger";
        return {.reader = std::make_unique<WebReader>(prefix), .directory = {}};
    }
    std::string directory = place.empty() ? DataDirectory::default_path() : place;
    if (std::error_code error; std::filesystem::exists(directory + "/ledger/checkpoint", error))
        directory += "/ledger";
    return {.reader = std::make_unique<ledger::DirectoryReader>(directory), .directory = directory};
}

Result<ledger::SignedCheckpoint> newest_checkpoint(const ledger::LogReader& reader) {
    const auto note = reader.read("checkpoint");
    if (!note) return std::unexpected(note.error());
    return ledger::parse_signed_checkpoint(as_text(*note));
}

Result<ledger::VerifierKey> verifier_key(const std::string& text_or_file) {
    constexpr std::size_t kMostKeyBytes = 4096;
    std::string text = text_or_file;
    if (const auto file = read_file(text_or_file, kMostKeyBytes)) text = as_text(*file);
    return ledger::parse_verifier_key(text.substr(0, text.find('\n')));
}

Result<boost::json::object> ask(const std::string& data, std::string_view method, const std::string& target,
                                std::string_view body) {
    Config config;
    config.data = data.empty() ? DataDirectory::default_path() : data;
    const auto client = Client::open(config, false);
    if (!client) return std::unexpected(client.error());
    const auto text = (*client)->fetch(method, target, body);
    if (!text) return std::unexpected(text.error());
    boost::json::error_code failure;
    auto value = boost::json::parse(*text, failure);
    if (failure || !value.is_object()) return fail(ErrorCode::kInternal, "the answer is not a JSON object");
    return std::move(value.get_object());
}

int cannot_tell(const Error& error) {
    fmt::print(stderr, "error: {}\n", error.message);
    return kBroken;
}

void add_ledger(CLI::App& app, int& exit_code) {
    CLI::App* group = app.add_subcommand("ledger", "Receipts of every use: verify, prove, show, report");
    group->require_subcommand(1);
    add_ledger_verify(*group, exit_code);
    add_ledger_prove(*group, exit_code);
    add_ledger_show(*group, exit_code);
    add_ledger_tail(*group, exit_code);
    add_ledger_stats(*group, exit_code);
    add_ledger_report(*group, exit_code);
    add_ledger_subject(*group, exit_code);
    add_ledger_erase(*group, exit_code);
    add_ledger_rotate_key(*group, exit_code);
}

}  // namespace visavis::app
