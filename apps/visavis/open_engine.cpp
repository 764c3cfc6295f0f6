#include "open_engine.h"

#include <algorithm>
#include <thread>

#include "base/bytes.h"
#include "base/digest.h"
#include "engine/ledger_recorder.h"
#include "engine/policy_gate.h"
#include "face/pipeline.h"
#include "infer/model_pack.h"
#include "match/similarity_scale.h"
#include "open_policy.h"

namespace visavis::app {
namespace {

std::unique_ptr<engine::Recorder> make_recorder(const Config& config, std::shared_ptr<ledger::Ledger> ledger,
                                                const engine::EngineParts& parts) {
    engine::RecorderOptions options{
        .ledger = std::move(ledger), .store = {}, .pack = parts.pack, .curve = parts.curve};
    options.without.insert(config.receipts_without.begin(), config.receipts_without.end());
    return std::make_unique<engine::LedgerRecorder>(std::move(options));
}

}  // namespace

Result<std::shared_ptr<engine::Engine>> open_engine(const Config& config, const DataDirectory* data,
                                                    std::shared_ptr<ledger::Ledger> ledger) {
    // `default` leaves the choice to find_pack; any other pack is a folder of --models, or a path.
    std::string wanted = config.models;
    if (config.pack != "default")
        wanted = config.models.empty() ? config.pack : config.models + "/" + config.pack;
    const auto directory = infer::find_pack(wanted);
    if (!directory) return std::unexpected(directory.error());
    const auto pack = infer::ModelPack::open(*directory);
    if (!pack) return std::unexpected(pack.error());
    if (const auto verified = pack->verify(); !verified) return std::unexpected(verified.error());

    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    auto pipeline = face::Pipeline::open(
        *pack, {.threads = 1,
                .streams = config.threads > 0 ? config.threads : cores,
                .cache_directory = data == nullptr ? std::string{} : data->file("cache")});
    if (!pipeline) return std::unexpected(pipeline.error());
    auto scale = match::SimilarityScale::load(pack->calibration);
    if (!scale) return std::unexpected(scale.error());
    const auto curve = sha256_of_file(pack->calibration);
    if (!curve) return std::unexpected(curve.error());

    engine::EngineParts parts{.pipeline = std::move(*pipeline),
                              .scale = std::move(*scale),
                              .model_version = pack->version,
                              .pack = pack->name + " " + pack->version,
                              .curve = to_hex(*curve)};
    if (data != nullptr) {
        auto authority = open_policy(config, *data);
        if (!authority) return std::unexpected(authority.error());
        parts.authority = std::move(*authority);
        parts.gate = engine::make_policy_gate(parts.authority, {});
    }
    if (ledger) parts.recorder = make_recorder(config, std::move(ledger), parts);
    return std::make_shared<engine::Engine>(std::move(parts));
}

}  // namespace visavis::app
