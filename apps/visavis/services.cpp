#include "services.h"

#include <filesystem>
#include <initializer_list>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "engine/erase_subject.h"
#include "engine/governed.h"
#include "engine/receipt_outbox.h"
#include "engine/unowned_collections.h"
#include "finish_restore.h"
#include "keys/credentials_file.h"
#include "keys/server_key.h"
#include "ledger_backlog.h"
#include "model_card.h"
#include "open_engine.h"
#include "open_ledger.h"
#include "policy/directory.h"
#include "protocol/archive_routes.h"
#include "protocol/case_routes.h"
#include "protocol/hand_over_routes.h"
#include "protocol/key_routes.h"
#include "protocol/ledger_routes.h"
#include "protocol/local_operator.h"
#include "protocol/retention_routes.h"
#include "protocol/role_routes.h"
#include "protocol/sts_routes.h"

namespace visavis::app {
namespace {

/// Without a data directory there are no keys.
class NoCredentials final : public protocol::Credentials {
  public:
    [[nodiscard]] std::optional<protocol::Credential> find(std::string_view /*access_key_id*/,
                                                           std::string_view /*session_token*/,
                                                           TimePoint /*now*/) const override {
        return std::nullopt;
    }
};

/// A new directory gets a new key; one that holds sealed files must bring its own.
Result<keys::SealKey> server_key_of(const DataDirectory& data) {
    const bool holds_secrets = std::filesystem::exists(data.file("keys.sealed")) ||
                               std::filesystem::exists(data.file("visavis.db")) ||
                               std::filesystem::exists(data.file("openings.db"));
    return keys::open_server_key(data.file("server.key"), !holds_secrets);
}

/// The credentials file comes before the key: a crash between them leaves a file that the next start
/// replaces, not a key whose secret nobody has. With a receipt, like every key.
Result<keys::AccessKey> make_root_key(engine::Engine& engine, keys::AccessKeys& keys,
                                      const DataDirectory& data) {
    const std::string account(protocol::kDefaultAccount);
    engine::Call call{.caller = engine::the_server(account), .notes = {}};
    return engine::demanded<keys::AccessKey>(
        engine, call, {.operation = "CreateAccessKey"}, [&](engine::Record& record) {
            return engine::change_with_receipt<keys::AccessKey>(
                engine, call, record, keys, [&](const MakeMessage& message) {
                    return keys.create(
                        {.principal = "root", .account = account, .expires = {}, .binding = {}},
                        engine.clock().now(),
                        [&data](const keys::AccessKey& key) {
                            return keys::write_credentials_file(data.file("credentials"), key);
                        },
                        message);
                });
        });
}

/// Stored faces of every account; 0 where the database cannot be read.
double stored_faces(const store::Store& store) {
    const auto collections =
        store.read([](const store::Transaction& now) { return now.collections().all(); });
    double faces = 0;
    if (collections)
        for (const store::Collection& collection : *collections)
            faces += static_cast<double>(collection.faces);
    return faces;
}

/// Outsiders must see that receipts are missing, of what, and since when.
Result<void> note_operations_without_receipts(const Config& config, const Clock& clock,
                                              ledger::Ledger& ledger) {
    for (const std::string& operation : config.receipts_without) {
        ledger::Draft draft;
        draft.receipt.operation = "WithoutReceipts:" + operation;
        draft.receipt.start = draft.receipt.end = clock.now();
        draft.receipt.software = VISAVIS_VERSION;
        draft.secrets = {{.field = "principal", .value = std::string(policy::kLocalOperator)}};
        if (const auto index = ledger.add(std::move(draft)); !index) return std::unexpected(index.error());
    }
    return {};
}

/// Imports that were cut short become deletions, which a server's sweeper removes; without a server they are
/// removed here. Nobody sees them, so what goes wrong keeps nothing from starting.
void take_up_deletions(store::Store& store, bool for_serving) {
    Result<void> done = engine::give_up_imports(store);
    if (done && !for_serving) done = engine::discard_deleted(store);
    if (!done)
        fmt::print(stderr, "warning: what a deletion or an import left cannot be removed: {}\n",
                   done.error().message);
}

}  // namespace

Result<std::unique_ptr<Services>> Services::open(const Config& config, std::optional<DataDirectory> data,
                                                 bool for_serving) {
    auto services = std::make_unique<Services>();
    services->data = std::move(data);
    std::optional<keys::SealKey> opened_key;
    if (services->data) {
        if (auto whole = check_no_half_restore(services->data->path()); !whole)
            return std::unexpected(whole.error());
        services->used_before = std::filesystem::exists(services->data->file("visavis.db"));
        const auto server_key = server_key_of(*services->data);
        if (!server_key) return std::unexpected(server_key.error());
        opened_key = *server_key;
        auto keys = keys::AccessKeys::open(services->data->file("keys.sealed"), *server_key);
        if (!keys) return std::unexpected(keys.error());
        services->keys = std::move(*keys);
        auto sessions = keys::Sessions::open(services->data->file("sessions.sealed"), *server_key);
        if (!sessions) return std::unexpected(sessions.error());
        services->sessions = std::move(*sessions);
        services->credentials =
            std::make_unique<protocol::AllCredentials>(*services->keys, *services->sessions);
        auto ledger =
            open_ledger(config, *services->data, *server_key, [for_serving](const std::string& message) {
                if (for_serving)
                    spdlog::error("ledger: {}", message);
                else
                    fmt::print(stderr, "warning: ledger: {}\n", message);
            });
        if (!ledger) return std::unexpected(ledger.error());
        services->ledger = std::move(*ledger);
        for (PendingMessages* keeper :
             std::initializer_list<PendingMessages*>{services->keys.get(), services->sessions.get()})
            if (auto replayed = engine::replay_receipts(*keeper, *services->ledger); !replayed)
                return std::unexpected(replayed.error());
        if (!for_serving)
            if (auto done = wait_for_backlog(*services->ledger); !done) return std::unexpected(done.error());
    } else {
        services->credentials = std::make_unique<NoCredentials>();
    }
    auto engine = open_engine(config, services->data ? &*services->data : nullptr, services->ledger,
                              opened_key ? &*opened_key : nullptr);
    if (!engine) return std::unexpected(engine.error());
    services->engine = std::move(*engine);
    if (store::Store* store = services->engine->store(); store != nullptr)
        take_up_deletions(*store, for_serving);
    if (services->ledger) {
        if (auto finished = engine::finish_erasures(*services->engine, *services->ledger); !finished)
            return std::unexpected(finished.error());
        if (auto finished = finish_restore(services->data->path(), *services->engine, *services->ledger);
            !finished)
            return std::unexpected(finished.error());
        if (auto noted =
                note_operations_without_receipts(config, services->engine->clock(), *services->ledger);
            !noted)
            return std::unexpected(noted.error());
    }
    if (const store::Store* store = services->engine->store(); store != nullptr)
        services->metrics.gauge("visavis_faces", "Stored faces, of all collections.", {},
                                [store] { return stored_faces(*store); });
    const auto pack = pack_of(config);
    if (!pack) return std::unexpected(pack.error());
    const auto card = model_card(*pack);
    if (!card) return std::unexpected(card.error());
    add_model_card_route(services->router, *card);
    if (services->ledger) {
        register_backlog_metrics(services->metrics, services->ledger);
        protocol::add_ledger_routes(services->router, services->ledger, services->data->file("ledger"));
        protocol::add_hand_over_routes(services->router, services->ledger);
    }
    if (services->keys) {
        protocol::add_sts_routes(services->router, *services->keys, *services->sessions);
        protocol::add_key_routes(services->router, *services->keys);
        protocol::add_role_routes(services->router, *services->sessions);
        protocol::add_case_routes(services->router);
        protocol::add_retention_routes(services->router);
        protocol::add_archive_routes(services->router);
    }
    services->handler = std::make_unique<protocol::ApiHandler>(*services->engine, *services->credentials,
                                                               services->router, services->metrics);
    return services;
}

Result<std::optional<keys::AccessKey>> Services::make_first_key() {
    if (!keys || !keys->list().empty()) return std::nullopt;
    auto root = make_root_key(*engine, *keys, *data);
    if (!root) return std::unexpected(root.error());
    return std::move(*root);
}

}  // namespace visavis::app
