#include "open_ledger.h"

#include <spdlog/spdlog.h>

namespace visavis::app {

Result<std::shared_ptr<ledger::Ledger>> open_ledger(const Config& config, const DataDirectory& data,
                                                    const keys::SealKey& server_key) {
    ledger::LedgerOptions options;
    options.directory = data.file("ledger");
    options.openings = data.file("openings.db");
    options.origin = config.ledger_origin;
    options.software = VISAVIS_VERSION;
    options.on_trouble = [](const Error& error) { spdlog::error("ledger: {}", error.message); };
    auto ledger = ledger::Ledger::open(std::move(options), server_key);
    if (!ledger) return std::unexpected(ledger.error());
    return std::shared_ptr<ledger::Ledger>(std::move(*ledger));
}

}  // namespace visavis::app
