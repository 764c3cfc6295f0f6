// The server's front door: authentication, then Rekognition's operations or one of our own routes.
#pragma once

#include "engine/engine.h"
#include "protocol/credentials.h"
#include "protocol/dispatcher.h"
#include "protocol/router.h"
#include "server/handler.h"
#include "server/metrics.h"

namespace visavis::protocol {

/// A request with the header X-Amz-Target is a Rekognition call, whatever its path; any other is looked up in
/// the router. Both need a signature (sigv4.h), save public routes and what comes over the Unix socket, which
/// only this machine's operator can open: it acts as `local-operator`. Failed authentications are counted by
/// kind (`visavis_authentication_failures_total`), never logged one by one. Thread-safe.
class ApiHandler final : public server::Handler {
  public:
    /// All of them must outlive this; the router must not change any more.
    ApiHandler(engine::Engine& engine, const Credentials& credentials, const Router& router,
               server::Metrics& metrics);

    [[nodiscard]] server::Response handle(const server::Request& request) override;
    [[nodiscard]] server::Response reject(const server::Rejection& rejection) override;
    [[nodiscard]] bool quick(const server::Request& head) const override;
    /// False once the log of receipts has stopped: every operation that leaves a receipt fails then.
    [[nodiscard]] bool ready() const override;

  private:
    [[nodiscard]] std::expected<engine::Caller, Exception> caller_of(const server::Request& request,
                                                                     std::string_view service) const;
    [[nodiscard]] server::Response answer_route(const server::Request& request, const Router::Match& match);
    [[nodiscard]] server::Response no_such_route(const server::Request& request) const;

    engine::Engine& engine_;
    const Credentials& credentials_;
    const Router& router_;
    server::Metrics& metrics_;
    Dispatcher dispatcher_;
};

}  // namespace visavis::protocol
