// `visavis doctor`: what a start would meet on this machine.
#include <charconv>
#include <cstring>
#include <filesystem>

#include <arpa/inet.h>
#include <boost/json.hpp>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "check_collections.h"
#include "commands.h"
#include "data_directory.h"
#include "face/pipeline.h"
#include "infer/processor.h"
#include "match/index.h"
#include "open_engine.h"
#include "open_policy.h"
#include "place_options.h"
#include "scoring.h"
#include "server/server.h"
#include "server_options.h"
#include "socket_client.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis doctor
  visavis doctor --data /var/lib/visavis --json

Exit code: 0 if a server would start, 1 if something is in its way. Beside a running server collections are not
compared with their index (`skip`).
)";

struct Finding {
    std::string what;
    bool good{};
    std::string words;
    bool looked_at{true};
};

Finding check_processor() {
    const infer::Processor found = infer::processor();
    return {.what = "processor",
            .good = true,
            .words = fmt::format("{}; networks run in {}, searches by {}; {}", found.name, found.precision,
                                 match::search_kernel(), fmt::join(found.features, " "))};
}

Finding check_models(const Config& config) {
    Finding finding{.what = "models", .good = false, .words = {}};
    const auto pack = pack_of(config);
    if (!pack) {
        finding.words = pack.error().message;
        return finding;
    }
    if (const auto verified = pack->verify(); !verified) {
        finding.words = verified.error().message;
        return finding;
    }
    const auto pipeline = face::Pipeline::open(*pack, {});
    const auto scoring = scoring_of(*pack);
    finding.good = pipeline && scoring;
    finding.words = !pipeline  ? pipeline.error().message
                    : !scoring ? scoring.error().message
                               : fmt::format("{} {} verified and compiled, from {}", pack->name,
                                             pack->version, pack->directory);
    return finding;
}

Finding check_data(const Config& config) {
    namespace fs = std::filesystem;
    Finding finding{.what = "data directory", .good = true, .words = {}};
    std::error_code ignored;
    if (server_listens(DataDirectory::socket_of(config.data))) {
        finding.words = fmt::format("{}: a server runs on it", config.data);
        return finding;
    }
    const bool exists = fs::is_directory(config.data, ignored);
    const fs::path parent = fs::absolute(config.data).parent_path();
    const std::string place = exists ? config.data : parent.string();
    if (::access(place.c_str(), W_OK | X_OK) != 0) {
        finding.good = false;
        finding.words = fmt::format("`{}` cannot be written: {}", place, std::strerror(errno));
        return finding;
    }
    const auto mode = exists ? fs::status(config.data, ignored).permissions() : fs::perms::none;
    if ((mode & (fs::perms::group_write | fs::perms::others_write)) != fs::perms::none) {
        finding.good = false;
        finding.words = fmt::format("`{}` can be changed by other users; chmod 700 it", config.data);
        return finding;
    }
    const auto space = fs::space(place, ignored);
    constexpr std::uintmax_t kLeast = 1UL << 30U;
    finding.good = space.available >= kLeast;
    finding.words = fmt::format("{}: {}, {} MB free", config.data,
                                exists ? "there" : "will be made at the first start", space.available >> 20U);
    if ((mode & (fs::perms::group_all | fs::perms::others_all)) != fs::perms::none)
        finding.words += "; other users can list it: chmod 700";
    return finding;
}

/// What a start is refused for before it makes anything.
Finding check_settings(const Config& config) {
    Result<void> fits = server::Server::check(server_options(config));
    if (fits) fits = policy_is_chosen(config, config.data);
    return {.what = "settings",
            .good = fits.has_value(),
            .words = fits ? fmt::format("listen on {}", config.listen) : fits.error().message};
}

Finding check_port(const Config& config) {
    Finding finding{.what = "port", .good = false, .words = {}};
    const auto colon = config.listen.rfind(':');
    const std::string host = config.listen.substr(0, colon);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    std::uint16_t port = 0;
    const char* const end = config.listen.data() + config.listen.size();
    if (colon == std::string::npos || ::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1 ||
        std::from_chars(config.listen.data() + colon + 1, end, port).ec != std::errc{}) {
        finding.good = true;
        finding.words = fmt::format("{}: not looked at (only IPv4 addresses are)", config.listen);
        return finding;
    }
    address.sin_port = htons(port);
    const FileDescriptor probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int yes = 1;
    ::setsockopt(probe.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    finding.good = ::bind(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    finding.words = finding.good ? fmt::format("{} is free", config.listen)
                                 : fmt::format("{}: {}", config.listen, std::strerror(errno));
    if (!finding.good && server_listens(DataDirectory::socket_of(config.data))) {
        finding.good = true;
        finding.words = fmt::format("{} is taken, by the running server it seems", config.listen);
    }
    return finding;
}

Finding check_database(const Config& config) {
    Finding finding{.what = "collections", .good = true, .words = {}};
    if (server_listens(DataDirectory::socket_of(config.data))) {
        finding.looked_at = false;
        finding.words =
            "not compared, since a server runs on them: stop it, or restore a backup elsewhere and look at "
            "that";
        return finding;
    }
    auto checked = check_collections(config);
    finding.good = checked.has_value();
    finding.words = checked ? *checked : checked.error().message;
    return finding;
}

int examine(const Config& config, bool json) {
    const Finding findings[] = {check_processor(),  check_settings(config), check_models(config),
                                check_data(config), check_database(config), check_port(config)};
    bool good = true;
    boost::json::array list;
    for (const Finding& finding : findings) {
        good = good && finding.good;
        if (json)
            list.push_back({{"what", finding.what},
                            {"good", finding.good},
                            {"looked_at", finding.looked_at},
                            {"words", finding.words}});
        else
            fmt::print("{}  {:<15} {}\n",
                       !finding.looked_at ? "skip"
                       : finding.good     ? "ok  "
                                          : "FAIL",
                       finding.what, finding.words);
    }
    if (json) print_json(boost::json::object{{"good", good}, {"findings", std::move(list)}});
    return good ? kDone : kNo;
}

}  // namespace

void add_doctor(CLI::App& app, int& exit_code) {
    CLI::App* command = app.add_subcommand("doctor", "Check processor, models, data directory and port");
    const auto json = std::make_shared<bool>(false);
    const auto place = add_place_options(*command);
    command->add_flag("--json", *json, "As JSON");
    command->footer(kExamples);
    command->callback([json, place, &exit_code] {
        const auto config = place->settings();
        exit_code = config ? examine(*config, *json) : report(config.error());
    });
}

}  // namespace visavis::app
