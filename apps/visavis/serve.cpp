// `visavis serve`.
#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "commands.h"
#include "config.h"
#include "engine/governed.h"
#include "engine/sweeper.h"
#include "ledger_backlog.h"
#include "open_engine.h"
#include "open_policy.h"
#include "protocol/local_operator.h"
#include "server/log.h"
#include "server/server.h"
#include "server_options.h"
#include "services.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis serve                                        # 127.0.0.1:8080, ./data; the first start makes a key
  visavis serve --config visavis.toml --data /var/lib/visavis
A server that others reach needs TLS, or a proxy that does it, and a policy that somebody chose:
  visavis policy use child-protection                  # or another: visavis policy use --help
  visavis serve --listen 0.0.0.0:443 --tls-cert c.pem --tls-key k.pem
  visavis serve --listen 0.0.0.0:8080 --tls-at-proxy

SIGTERM finishes the requests in flight and ends; SIGHUP reads certificates and policies again.
)";

/// Requests and events are `info`, what broke is `error`.
constexpr std::array<std::string_view, 3> kLogLevels = {"info", "error", "off"};

struct Options {
    std::string config_file;
    std::vector<std::string> listen;
    Config given;  // what the command line says; takes precedence over the file
    bool remote_metrics{false};
    std::int64_t sweep_seconds{60};
};

Result<Config> settings(const CLI::App& command, const Options& options) {
    Config config;
    if (!options.config_file.empty()) {
        auto loaded = Config::load(options.config_file);
        if (!loaded) return loaded;
        config = std::move(*loaded);
    }
    const auto take = [&](const char* name, auto member) {
        if (command.count(name) > 0) config.*member = options.given.*member;
    };
    take("--data", &Config::data);
    take("--models", &Config::models);
    take("--pack", &Config::pack);
    take("--tls-cert", &Config::tls_certificate);
    take("--tls-key", &Config::tls_key);
    take("--tls-at-proxy", &Config::proxy_does_tls);
    take("--threads", &Config::threads);
    take("--queue", &Config::queue);
    take("--policy", &Config::policy);
    take("--zone", &Config::zone);
    take("--witness", &Config::witnesses);
    take("--ledger-origin", &Config::ledger_origin);
    take("--log-level", &Config::log_level);
    if (std::ranges::find(kLogLevels, config.log_level) == kLogLevels.end())
        return fail(ErrorCode::kInvalidParameter, fmt::format("log level `{}`: one of {} is expected",
                                                              config.log_level, fmt::join(kLogLevels, ", ")));
    if (config.data.empty()) config.data = DataDirectory::default_path();
    // The widest door decides which policy may be the first (open_policy).
    for (const std::string& listen : options.listen)
        if (&listen == &options.listen.front() || !is_loopback(listen)) config.listen = listen;
    return config;
}

/// Which rules are in force, and a warning if they are those of a laboratory.
void print_policy(const engine::Engine& engine) {
    if (engine.authority() == nullptr) return;
    const auto set = engine.authority()->keeper().current()->set;
    fmt::print("  policy: {} rules, set {}\n", set->policies().size(), set->hash().substr(0, 12));
    if (std::ranges::any_of(set->policies(), [](const auto& rule) { return rule.id == "open-lab-root"; }))
        fmt::print(
            "  The policy is open-lab: the root key may do everything. Before others use this server choose\n"
            "  another: `visavis policy use PROFILE` (see `visavis policy use --help`).\n");
}

/// SIGHUP: the policy, the principals and the roles anew; a bad set never replaces a good one. With a
/// receipt, as over HTTP.
void reload_policy(engine::Engine& engine, spdlog::logger& log) {
    if (engine.authority() == nullptr) return;
    policy::Keeper& keeper = engine.authority()->keeper();
    engine::Call call{.caller = engine::the_server(std::string(protocol::kDefaultAccount)), .notes = {}};
    bool in_force = false;
    const auto told = engine::demanded<bool>(engine, call, {.operation = "ReloadPolicy"},
                                             [&](engine::Record& /*record*/) -> Result<bool> {
                                                 const auto done = keeper.reload();
                                                 if (!done) return std::unexpected(done.error());
                                                 return in_force = true;
                                             });
    const TimePoint now = SystemClock().now();
    if (in_force)
        log.info(server::json_line(now, "policy_reloaded", {{"set", keeper.current()->set->hash()}}));
    if (!told)
        log.error(server::json_line(now, in_force ? "policy_reload_without_receipt" : "policy_kept",
                                    {{"message", told.error().message}}));
}

/// Deletes what must not be kept; says in log and metrics how much, never what.
engine::SweeperOptions sweeper_options(Services& services, const std::shared_ptr<spdlog::logger>& log,
                                       std::chrono::seconds every) {
    engine::SweeperOptions options;
    options.every = every;
    options.on_removed = [log, &metrics = services.metrics](const engine::Removed& retention,
                                                            const engine::ErasedCases& cases) {
        const auto count = [&](const char* reason, std::uint64_t faces) {
            metrics
                .counter("visavis_faces_deleted_total", "Faces that the server deleted by itself, by reason.",
                         {{"reason", reason}})
                .add(faces);
        };
        count("retention", retention.faces);
        count("case_lapsed", cases.removed.faces);
        log->info(server::json_line(SystemClock().now(), "swept",
                                    {{"retention_faces", std::to_string(retention.faces)},
                                     {"case_faces", std::to_string(cases.removed.faces)},
                                     {"case_receipts", std::to_string(cases.erasure.receipts)}}));
    };
    options.on_trouble = [log](const Error& error) {
        log->error(server::json_line(SystemClock().now(), "sweep_failed", {{"message", error.message}}));
    };
    return options;
}

/// What the person who started it needs next. To stdout; the log goes to stderr.
void print_banner(const Services& services, const std::optional<keys::AccessKey>& first_key,
                  const server::ServerOptions& options, std::uint16_t port) {
    const std::string scheme = options.tls_certificate.empty() ? "http" : "https";
    std::string host = options.listen.front().substr(0, options.listen.front().rfind(':'));
    if (host == "0.0.0.0" || host == "[::]") host = "localhost";
    const std::string url = fmt::format("{}://{}:{}", scheme, host, port);
    const std::string credentials = services.data->file("credentials");
    fmt::print("visavis {} answers Rekognition's face operations at {}\n", VISAVIS_VERSION, url);
    fmt::print("  models {}, data in {}\n", services.engine->pack(), services.data->path());
    print_policy(*services.engine);
    if (first_key)
        fmt::print(
            "\n{}: the root key, which may do everything, was made. Its secret is shown this once;\n"
            "your own copy is {} (readable by you alone).\n"
            "  aws_access_key_id     = {}\n  aws_secret_access_key = {}\n",
            services.used_before ? "No access keys here" : "First start", credentials, first_key->id,
            first_key->secret);
    if (first_key && services.used_before)
        fmt::print(
            "  The directory was used before. If it had access keys, `keys.sealed` is lost and they no "
            "longer\n"
            "  sign; to have them again, stop the server and put the file back from a backup.\n");
    if (std::filesystem::exists(credentials))
        fmt::print(
            "\nTry it from another terminal:\n"
            "  AWS_SHARED_CREDENTIALS_FILE={} aws rekognition detect-faces --region us-east-1 \\\n"
            "      --endpoint-url {} --image-bytes fileb://photo.jpg\n"
            "or in Python, with the same environment variable:\n"
            "  boto3.client(\"rekognition\", endpoint_url=\"{}\", region_name=\"us-east-1\")\n",
            std::filesystem::absolute(credentials).string(), url, url);
    fmt::print("\n");
    (void)std::fflush(stdout);
}

int serve(const CLI::App& command, const Options& options) {
    const auto config = settings(command, options);
    if (!config) return report(config.error());
    server::ServerOptions server_settings = server_options(*config);
    if (!options.listen.empty()) server_settings.listen = options.listen;
    server_settings.remote_metrics = options.remote_metrics;
    // Before anything is made: a start that these refuse leaves no directory, no keys and no log behind.
    if (auto fits = server::Server::check(server_settings); !fits) return report(fits.error());
    if (auto chosen = policy_is_chosen(*config, config->data); !chosen) return report(chosen.error());
    const auto pack = pack_of(*config);
    if (!pack) return report(pack.error());
    if (!std::filesystem::exists(config->data + "/visavis.db"))
        if (const auto verified = pack->verify(); !verified) return report(verified.error());
    auto data = DataDirectory::open(config->data);
    if (!data) return report(data.error());
    const auto services = Services::open(*config, std::move(*data), true);
    if (!services) return report(services.error());

    server_settings.log = server::make_log((*services)->metrics);
    server_settings.log->set_level(spdlog::level::from_str(config->log_level));
    spdlog::set_default_logger(server_settings.log);
    server_settings.on_hangup = [&] { reload_policy(*(*services)->engine, *server_settings.log); };
    auto server = server::Server::create(server_settings, *(*services)->handler, (*services)->metrics);
    if (!server) return report(server.error());
    const BacklogLines backlog((*services)->ledger, server_settings.log);
    const engine::Sweeper sweeper(
        *(*services)->engine, (*services)->ledger,
        sweeper_options(**services, server_settings.log, std::chrono::seconds(options.sweep_seconds)));
    const auto ports = (*server)->ports();
    const auto first_key = (*services)->make_first_key();
    if (!first_key) return report(first_key.error());
    print_banner(**services, *first_key, server_settings, ports.empty() ? std::uint16_t{0} : ports.front());
    (*server)->run();
    return kDone;
}

}  // namespace

void add_serve(CLI::App& app, int& exit_code) {
    CLI::App* command = app.add_subcommand("serve", "Answer Rekognition's face operations over HTTP");
    const auto options = std::make_shared<Options>();
    command->add_option("--config", options->config_file, "Settings (TOML); the options here take precedence")
        ->type_name("FILE");
    command->add_option("--listen", options->listen, "Address and port; may be given more than once")
        ->type_name("HOST:PORT")
        ->default_str("127.0.0.1:8080");
    command->add_option("--data", options->given.data, "Data directory (default: $VISAVIS_DATA or ./data)")
        ->type_name("DIR");
    command->add_option("--tls-cert", options->given.tls_certificate, "Certificate chain (PEM)")
        ->type_name("FILE");
    command->add_option("--tls-key", options->given.tls_key, "Private key (PEM)")->type_name("FILE");
    command->add_flag("--tls-at-proxy", options->given.proxy_does_tls,
                      "Listen beyond loopback without TLS: a proxy in front does it");
    command->add_option("--models", options->given.models, "Folder of model packs")->type_name("DIR");
    command->add_option("--pack", options->given.pack, "Model pack")->default_str("default");
    command
        ->add_option("--threads", options->given.threads, "Pictures worked on side by side (0: one a core)")
        ->check(CLI::Range(0, 1024));
    command->add_option("--queue", options->given.queue, "Requests that may wait for a thread")
        ->check(CLI::Range(1, 100'000));
    command->add_option("--policy", options->given.policy, "Folder of policies (default: DATA/policy)")
        ->type_name("DIR");
    command->add_option("--zone", options->given.zone, "Time zone of the site, e.g. Europe/Zurich");
    command
        ->add_option("--witness", options->given.witnesses,
                     "Witness that cosigns checkpoints: URL or 'URL VKEY'; repeatable")
        ->type_name("URL");
    command->add_option("--ledger-origin", options->given.ledger_origin,
                        "Name of a new ledger, e.g. example.org/visavis");
    command->add_option("--log-level", options->given.log_level, "info, error or off")->default_str("info");
    command
        ->add_option("--sweep-every", options->sweep_seconds,
                     "Seconds between deletions of what must not be kept any longer (docs/policy.md)")
        ->check(CLI::Range(1, 86'400))
        ->default_str("60");
    command->add_flag("--remote-metrics", options->remote_metrics, "Show /metrics beyond this machine");
    command->footer(kExamples);
    command->callback([command, options, &exit_code] { exit_code = serve(*command, *options); });
}

}  // namespace visavis::app
