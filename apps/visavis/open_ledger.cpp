#include "open_ledger.h"

#include "http_fetch.h"
#include "ledger/witness.h"

namespace visavis::app {
namespace {

// A slow witness delays checkpoints by this much at most, never an answer.
constexpr std::chrono::seconds kWitnessLimit{5};

Result<ledger::WitnessAnswer> post(const std::string& url, const std::string& body) {
    auto answer = http_fetch(url, body, kWitnessLimit);
    if (!answer) return std::unexpected(answer.error());
    return ledger::WitnessAnswer{.status = answer->status, .body = std::move(answer->body)};
}

}  // namespace

Result<std::shared_ptr<ledger::Ledger>> open_ledger(const Config& config, const DataDirectory& data,
                                                    const keys::SealKey& server_key,
                                                    const Trouble& on_trouble) {
    ledger::LedgerOptions options;
    options.directory = data.file("ledger");
    options.openings = data.file("openings.db");
    options.origin = config.ledger_origin;
    options.software = VISAVIS_VERSION;
    options.on_trouble = [on_trouble](const Error& error) { on_trouble(error.message); };
    std::vector<ledger::Witness> witnesses;
    for (const auto& text : config.witnesses) {
        auto witness = ledger::parse_witness(text);
        if (!witness) return std::unexpected(witness.error());
        witnesses.push_back(std::move(*witness));
    }
    if (!witnesses.empty())
        options.cosigner = std::make_shared<ledger::WitnessCosigner>(std::move(witnesses), post, on_trouble);
    auto ledger = ledger::Ledger::open(std::move(options), server_key);
    if (!ledger) return std::unexpected(ledger.error());
    return std::shared_ptr<ledger::Ledger>(std::move(*ledger));
}

}  // namespace visavis::app
