#include <cstdio>
#include <exception>

#include <fmt/core.h>

#include "commands.h"

int main(int argc, char** argv) {
    using namespace visavis::app;
    try {
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
