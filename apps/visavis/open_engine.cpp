#include "open_engine.h"

#include <algorithm>
#include <thread>

#include "engine/configured_images.h"
#include "engine/ledger_recorder.h"
#include "engine/policy_gate.h"
#include "engine/receipt_outbox.h"
#include "engine/renew_normalisation.h"
#include "face/pipeline.h"
#include "infer/model_pack.h"
#include "open_policy.h"
#include "scoring.h"
#include "store/sqlite/sqlite_store.h"

namespace visavis::app {
namespace {

std::unique_ptr<engine::Recorder> make_recorder(const Config& config, std::shared_ptr<ledger::Ledger> ledger,
                                                const std::string& pack_hash,
                                                const engine::EngineParts& parts) {
    engine::RecorderOptions options{
        .ledger = std::move(ledger), .pack = parts.pack, .pack_hash = pack_hash, .curve = parts.curve};
    if (parts.authority)
        options.sector_of = [authority = parts.authority](const std::string& principal) {
            return authority->keeper().current()->directory.principal(principal).organisation.sector;
        };
    options.without.insert(config.receipts_without.begin(), config.receipts_without.end());
    return std::make_unique<engine::LedgerRecorder>(std::move(options));
}

/// The places of [[s3]].
Result<std::unique_ptr<const engine::ImageSource>> open_images(const Config& config) {
    std::vector<engine::ObjectPlace> places;
    for (const S3Source& source : config.s3)
        places.push_back({.bucket = source.bucket,
                          .directory = source.directory,
                          .endpoint = source.endpoint,
                          .region = source.region.empty() ? "us-east-1" : source.region,
                          .access_key_id = source.access_key_id,
                          .secret_access_key = source.secret_access_key,
                          .path_style = source.path_style});
    return engine::open_images(std::move(places));
}

/// What policies see of collections.
engine::CollectionLookup collection_lookup(std::shared_ptr<store::Store> store) {
    if (!store) return {};
    return [store = std::move(store)](std::string_view account, std::string_view id) {
        return store->read(
            [&](const store::Transaction& now) -> Result<std::optional<engine::CollectionFacts>> {
                const auto collection = now.collections().find(account, id);
                if (!collection) return std::unexpected(collection.error());
                if (!*collection) return std::nullopt;
                const auto tags = now.tags().list((*collection)->key);
                if (!tags) return std::unexpected(tags.error());
                return engine::CollectionFacts{.tags = {tags->begin(), tags->end()},
                                               .faces = (*collection)->faces,
                                               .owner = (*collection)->owner};
            });
    };
}

/// DATA/visavis.db and DATA/index.
Result<void> open_collections(const DataDirectory& data, const keys::SealKey& server_key,
                              const std::string& model, engine::EngineParts& parts) {
    auto store = store::sqlite::open(data.file("visavis.db"), server_key);
    if (!store) return std::unexpected(store.error());
    parts.store = std::move(*store);
    auto galleries = engine::Galleries::open(
        *parts.store, {.directory = data.file("index"),
                       .model = model,
                       .threads = std::max<std::size_t>(1, std::thread::hardware_concurrency())});
    if (!galleries) return std::unexpected(galleries.error());
    parts.galleries = std::move(*galleries);
    parts.token_key = server_key.derive("visavis engine: page tokens");
    return {};
}

}  // namespace

Result<infer::ModelPack> pack_of(const Config& config) {
    // `default` leaves the choice to find_pack; any other pack is a folder of --models, or a path.
    std::string wanted = config.models;
    if (config.pack != "default")
        wanted = config.models.empty() ? config.pack : config.models + "/" + config.pack;
    const auto directory = infer::find_pack(wanted);
    if (!directory) return std::unexpected(directory.error());
    return infer::ModelPack::open(*directory);
}

Result<std::shared_ptr<engine::Engine>> open_engine(const Config& config, const DataDirectory* data,
                                                    std::shared_ptr<ledger::Ledger> ledger,
                                                    const keys::SealKey* server_key) {
    const auto pack = pack_of(config);
    if (!pack) return std::unexpected(pack.error());
    if (const auto verified = pack->verify(); !verified) return std::unexpected(verified.error());

    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    auto pipeline = face::Pipeline::open(
        *pack, {.threads = 1,
                .streams = config.threads > 0 ? config.threads : cores,
                .cache_directory = data == nullptr ? std::string{} : data->file("cache")});
    if (!pipeline) return std::unexpected(pipeline.error());
    auto scoring = scoring_of(*pack);
    if (!scoring) return std::unexpected(scoring.error());

    // The normalisation file names the hash of its numbers, so its own stands for both.
    engine::EngineParts parts{
        .pipeline = std::move(*pipeline),
        .scale = std::move(scoring->scale),
        .normaliser = std::move(scoring->normaliser),
        .normaliser_name = pack->normalisation.empty() ? "none" : pack->normalisation_sha256,
        .model_version = pack->version,
        .pack = pack->name + " " + pack->version,
        .curve = pack->calibration_sha256};
    if (!config.s3.empty()) {
        auto images = open_images(config);
        if (!images) return std::unexpected(images.error());
        parts.images = std::move(*images);
    }
    if (data != nullptr && server_key != nullptr)
        if (auto opened = open_collections(*data, *server_key, pack->hash, parts); !opened)
            return std::unexpected(opened.error());
    if (data != nullptr) {
        auto authority = open_policy(config, *data);
        if (!authority) return std::unexpected(authority.error());
        parts.authority = std::move(*authority);
        parts.gate = engine::make_policy_gate(parts.authority, collection_lookup(parts.store));
    }
    if (ledger) {
        if (parts.store)
            if (auto replayed = engine::replay_receipts(*parts.store, *ledger); !replayed)
                return std::unexpected(replayed.error());
        if (policy::Cases* cases = parts.authority ? parts.authority->cases() : nullptr; cases != nullptr)
            if (auto replayed = engine::replay_receipts(cases->messages(), *ledger); !replayed)
                return std::unexpected(replayed.error());
        parts.recorder = make_recorder(config, std::move(ledger), pack->hash, parts);
    }
    auto engine = std::make_shared<engine::Engine>(std::move(parts));
    if (engine->store() != nullptr)
        if (const auto done = engine::renew_normalisation(*engine); !done)
            return std::unexpected(done.error());
    return engine;
}

}  // namespace visavis::app
