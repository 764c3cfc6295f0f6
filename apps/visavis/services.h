// Everything that runs on a data directory, for `serve` and for commands without a server alike.
#pragma once

#include <memory>
#include <optional>

#include "base/error.h"
#include "config.h"
#include "data_directory.h"
#include "engine/engine.h"
#include "keys/access_keys.h"
#include "keys/sessions.h"
#include "ledger/ledger.h"
#include "protocol/api_handler.h"
#include "protocol/credentials.h"
#include "protocol/router.h"
#include "server/metrics.h"

namespace visavis::app {

/// Owns its parts; they refer to each other. The handler is thread-safe.
struct Services {
    Services() = default;
    Services(const Services&) = delete;
    Services& operator=(const Services&) = delete;
    ~Services() = default;

    /// Opens what the directory holds. Without one: an engine that keeps nothing, and no keys. Errors: those
    /// of open_engine, open_ledger, open_server_key and AccessKeys::open.
    static Result<std::unique_ptr<Services>> open(const Config& config, std::optional<DataDirectory> data,
                                                  bool for_serving);

    /// Where there is no access key at all: makes the root key and writes it to DATA/credentials; else
    /// nothing. For a server that is about to tell of it, so that no start that fails leaves a key that
    /// nobody has seen. Errors: those of AccessKeys::create and of the ledger.
    Result<std::optional<keys::AccessKey>> make_first_key();

    std::optional<DataDirectory> data;
    std::unique_ptr<keys::AccessKeys> keys;    ///< null without a data directory
    std::unique_ptr<keys::Sessions> sessions;  ///< null without a data directory
    bool used_before{};                        ///< whether the directory held a database already
    server::Metrics metrics;
    std::shared_ptr<ledger::Ledger> ledger;  ///< null without a data directory
    std::shared_ptr<engine::Engine> engine;
    std::unique_ptr<protocol::Credentials> credentials;
    protocol::Router router;
    std::unique_ptr<protocol::ApiHandler> handler;
};

}  // namespace visavis::app
