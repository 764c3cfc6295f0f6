#include "place_options.h"

#include "base/account.h"
#include "data_directory.h"

namespace visavis::app {

Result<Config> PlaceOptions::settings() const {
    Config config;
    if (!config_file.empty()) {
        auto loaded = Config::load(config_file);
        if (!loaded) return loaded;
        config = std::move(*loaded);
    }
    if (!data.empty()) config.data = data;
    if (!models.empty()) config.models = models;
    if (config.data.empty()) config.data = DataDirectory::default_path();
    return config;
}

void add_account_option(CLI::App& command, std::string& account) {
    const auto twelve_digits = [](const std::string& text) {
        return is_account(text) ? std::string() : "`" + text + "` is no account: twelve digits";
    };
    command.add_option("--account", account, "Account whose collections are meant (default: 000000000000)")
        ->check(twelve_digits)
        ->type_name("DIGITS");
}

std::shared_ptr<PlaceOptions> add_place_options(CLI::App& command) {
    auto options = std::make_shared<PlaceOptions>();
    command.add_option("--config", options->config_file, "Settings (TOML); the options here take precedence")
        ->type_name("FILE");
    command.add_option("--data", options->data, "Data directory (default: $VISAVIS_DATA or ./data)")
        ->type_name("DIR");
    command.add_option("--models", options->models, "A model pack, or a folder that holds `default`")
        ->type_name("DIR");
    return options;
}

}  // namespace visavis::app
