#include <cstdio>
#include <exception>

#include <fmt/core.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include "commands.h"

namespace {

/// A collection in use keeps two files open, a connection one: the usual 1,024 are a matter of select(),
/// which nothing here calls.
void allow_all_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
    using namespace visavis::app;
    try {
        allow_all_files();
        // Standard output is for answers; the server has a log of its own.
        spdlog::set_default_logger(spdlog::stderr_logger_mt("visavis"));
        CLI::App app(
            "visavis: a face recognition server that speaks Rekognition's face API and states how often it "
            "is wrong");
        app.require_subcommand(1);
        app.set_version_flag("--version", "visavis " VISAVIS_VERSION);
        int exit_code = kDone;
        add_commands(app, exit_code);
        try {
            app.parse(argc, argv);
        } catch (const CLI::ParseError& error) {
            return app.exit(error) == 0 ? kDone : kUsage;
        }
        return exit_code;
    } catch (const std::exception& error) {
        (void)std::fputs("error: ", stderr);
        (void)std::fputs(error.what(), stderr);
        (void)std::fputs("\n", stderr);
        return kBroken;
    }
}
