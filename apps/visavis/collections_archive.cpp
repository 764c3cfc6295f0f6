// `visavis collections export` and `visavis collections import`.
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <thread>

#include <fmt/core.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/random.h"
#include "client.h"
#include "commands.h"
#include "place_options.h"
#include "progress.h"

namespace visavis::app {
namespace {

constexpr const char* kExportExamples = R"(
Examples:
  head -c 32 /dev/urandom > staff.key
  visavis collections export staff staff.visavis --key-file staff.key
  visavis collections export staff staff.visavis --passphrase-file - --recipient partner-lab < secret.txt

The file holds faces, users, associations and tags; none of it can be read without the passphrase (at least 12 characters,
the file's first line) or the key file (at least 32 bytes). A recipient must be one that the collection's tag
visavis:recipients names; without one, it is a copy for the owner. Exit code: 3 if policy refuses.
)";

constexpr const char* kImportExamples = R"(
Examples:
  visavis collections import staff staff.visavis --key-file staff.key
  visavis collections import staff-2025 staff.visavis --key-file staff.key --basis consent:2026-0481

The collection must not be there yet; ids, users, tags and the answers of searches are those of the exported one. What is
damaged, cut off, of another key or of another face model is told, and leaves nothing behind.
)";

constexpr std::size_t kMostSecret = std::size_t{1} << 20U;

struct Options {
    std::shared_ptr<PlaceOptions> place;
    std::string account;
    std::string id;
    std::string file;
    std::string passphrase_file;
    std::string key_file;
    std::string purpose;
    std::string recipient;
    std::string basis;
    bool json{false};
};

/// The first line of the passphrase file, or of standard input.
Result<std::string> read_passphrase(const std::string& path) {
    std::string text;
    if (path == "-") {
        std::getline(std::cin, text);
    } else {
        const auto bytes = read_file(path, kMostSecret);
        if (!bytes) return std::unexpected(bytes.error());
        text = std::string(as_text(*bytes));
        text.resize(std::min(text.find('\n'), text.size()));
    }
    if (text.ends_with('\r')) text.pop_back();
    if (text.empty())
        return fail(ErrorCode::kInvalidParameter, fmt::format("`{}` holds no passphrase", path));
    return text;
}

Result<boost::json::object> request_of(const Options& options) {
    boost::json::object body{{"collection", options.id},
                             {"file", std::filesystem::absolute(options.file).lexically_normal().string()},
                             {"purpose", options.purpose},
                             {"recipient", options.recipient},
                             {"basis", options.basis},
                             {"transfer", random_uuid()}};
    if (!options.key_file.empty()) {
        const auto key = read_file(options.key_file, kMostSecret);
        if (!key) return std::unexpected(key.error());
        body["key"] = to_base64(*key);
        return body;
    }
    const auto passphrase = read_passphrase(options.passphrase_file);
    if (!passphrase) return std::unexpected(passphrase.error());
    body["passphrase"] = *passphrase;
    return body;
}

/// Draws how far a transfer has come while its request is under way; nothing unless on a terminal.
class Watcher {
  public:
    Watcher(Client& client, std::string transfer) {
        if (::isatty(STDERR_FILENO) != 1) return;
        auto second = client.another();
        if (!second) return;
        thread_ = std::thread([this, client = std::move(*second), transfer = std::move(transfer)] {
            std::optional<Progress> progress;
            std::unique_lock lock(mutex_);
            while (!ended_.wait_for(lock, std::chrono::milliseconds(250), [this] { return done_; })) {
                const auto answer = client->fetch("GET", "/v1/transfers/" + transfer);
                if (!answer) continue;
                const auto place = boost::json::parse(*answer);
                if (!progress) progress.emplace(place.at("total").to_number<std::size_t>());
                progress->set(place.at("done").to_number<std::size_t>());
            }
        });
    }
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;
    ~Watcher() {
        if (!thread_.joinable()) return;
        {
            const std::lock_guard lock(mutex_);
            done_ = true;
        }
        ended_.notify_all();
        thread_.join();
    }

  private:
    std::mutex mutex_;
    std::condition_variable ended_;
    bool done_{false};  // by mutex_
    std::thread thread_;
};

int run(const Options& options, const char* target, bool keeps) {
    if (options.passphrase_file.empty() == options.key_file.empty())
        return report(
            {ErrorCode::kInvalidParameter, "give --passphrase-file or --key-file, and one of them"});
    const auto config = options.place->settings();
    if (!config) return report(config.error());
    const auto body = request_of(options);
    if (!body) return report(body.error());
    const auto client = Client::open(*config, keeps, options.account);
    if (!client) return report(client.error());
    const auto answer = [&] {
        const Watcher watcher(**client, std::string(body->at("transfer").as_string()));
        return (*client)->fetch("POST", target, boost::json::serialize(*body));
    }();
    if (!answer) return report(answer.error());
    if (options.json) {
        fmt::print("{}\n", *answer);
        return kDone;
    }
    const auto told = boost::json::parse(*answer);
    fmt::print("{}: {} faces, {} users, {}\n  sha256 {}\n", options.id,
               told.at("faces").to_number<std::uint64_t>(), told.at("users").to_number<std::uint64_t>(),
               std::string_view(told.at("file").as_string()),
               std::string_view(told.at("sha256").as_string()));
    return kDone;
}

CLI::App* add(CLI::App& group, const char* name, const char* what, const std::shared_ptr<Options>& options) {
    CLI::App* command = group.add_subcommand(name, what);
    options->place = add_place_options(*command);
    add_account_option(*command, options->account);
    command->add_option("id", options->id, "CollectionId")->required()->type_name("ID");
    command->add_option("file", options->file, "The archive")->required()->type_name("FILE");
    command
        ->add_option("--passphrase-file", options->passphrase_file,
                     "Its first line is the passphrase; - is standard input")
        ->type_name("FILE");
    command->add_option("--key-file", options->key_file, "Its content is the key")->type_name("FILE");
    command->add_option("--purpose", options->purpose,
                        "What it is for, from the closed list (docs/policy.md)");
    command->add_flag("--json", options->json, "The operation's answer");
    return command;
}

}  // namespace

void add_archives(CLI::App& group, int& exit_code) {
    const auto out = std::make_shared<Options>();
    CLI::App* command = add(group, "export", "Write a collection into a sealed file", out);
    command->add_option("--recipient", out->recipient, "To whom it goes; the collection must name them");
    command->footer(kExportExamples);
    command->callback([out, &exit_code] { exit_code = run(*out, "/v1/exports", false); });

    const auto in = std::make_shared<Options>();
    command = add(group, "import", "Make a collection from such a file", in);
    command->add_option("--basis", in->basis, "What the enrolment rests on")->type_name("KIND:REFERENCE");
    command->footer(kImportExamples);
    command->callback([in, &exit_code] { exit_code = run(*in, "/v1/imports", true); });
}

}  // namespace visavis::app
