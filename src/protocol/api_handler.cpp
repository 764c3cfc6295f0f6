#include "protocol/api_handler.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/account.h"
#include "protocol/local_operator.h"
#include "protocol/notes.h"
#include "protocol/operation.h"
#include "protocol/sigv4.h"

namespace visavis::protocol {
namespace {

constexpr std::string_view kUnknown = "unknown";

/// The label of a Rekognition call; `unknown` unless it is one that this server answers.
std::string_view label_of(std::string_view operation) noexcept {
    const auto known = std::ranges::find(answered_operations(), operation, &Operation::name);
    return known == answered_operations().end() ? kUnknown : known->name;
}

bool is_rekognition(const server::Request& head) noexcept {
    return head.method == "POST" && head.header("x-amz-target").has_value();
}

}  // namespace

ApiHandler::ApiHandler(engine::Engine& engine, const Credentials& credentials, const Router& router,
                       server::Metrics& metrics)
    : engine_(engine), credentials_(credentials), router_(router), metrics_(metrics), dispatcher_(engine) {}

std::expected<engine::Caller, Exception> ApiHandler::caller_of(const server::Request& request,
                                                               std::string_view service) const {
    if (request.local) {
        const std::string_view account = request.header(kAccountHeader).value_or(kDefaultAccount);
        if (!is_account(account))
            return std::unexpected(exception_of(
                {ErrorCode::kValidation,
                 fmt::format("{}: `{}` is no account: twelve digits", kAccountHeader, account.substr(0, 64))},
                true));
        return local_operator(request.request_id, account);
    }
    auto signer = authenticate(request, std::array{service}, credentials_, engine_.clock().now());
    if (!signer) {
        metrics_
            .counter("visavis_authentication_failures_total",
                     "Requests whose signature was refused, by exception.",
                     {{"exception", signer.error().type}})
            .add();
        return std::unexpected(std::move(signer.error()));
    }
    return engine::Caller{.principal = std::move(signer->credential.principal),
                          .account = std::move(signer->credential.account),
                          .region = std::move(signer->region),
                          .request_id = request.request_id,
                          .access_key_id = std::move(signer->access_key_id),
                          .source_address = request.remote_address,
                          .binding = std::move(signer->credential.binding),
                          .role_session = std::move(signer->credential.role_session)};
}

server::Response ApiHandler::handle(const server::Request& request) {
    if (!is_rekognition(request)) {
        const auto match = router_.find(request);
        return match ? answer_route(request, *match) : no_such_route(request);
    }
    const std::string_view target = request.header("x-amz-target").value_or(std::string_view{});
    const std::string_view operation = operation_of_target(target);
    const auto caller = caller_of(request, "rekognition");
    if (!caller) return respond(caller.error(), request.request_id, label_of(operation));
    if (!operation.empty()) return dispatcher_.dispatch(*caller, operation, request.body, request.local);
    // A bare name is no operation's, even if an operation is called so.
    const bool bare = !target.empty() && !target.contains('.');
    return dispatcher_.dispatch(
        *caller, bare ? fmt::format("`{}` without `RekognitionService.` before it", target) : target,
        request.body, request.local);
}

server::Response ApiHandler::answer_route(const server::Request& request, const Router::Match& match) {
    const Route& route = *match.route;
    engine::Caller caller;
    if (route.is_public && !request.local) {
        caller.request_id = request.request_id;
        caller.source_address = request.remote_address;
    } else {
        auto known = caller_of(request, route.service);
        if (!known)
            return route.refuse ? route.refuse(known.error(), request.request_id)
                                : respond(known.error(), request.request_id, route.operation);
        caller = std::move(*known);
    }
    engine::Call called{.caller = std::move(caller), .notes = {}};
    auto response = route.answer({.engine = engine_,
                                  .caller = called.caller,
                                  .called = called,
                                  .request = request,
                                  .parameters = match.parameters,
                                  .local = request.local});
    for (server::Header& header : notes_headers(called.notes)) response.headers.push_back(std::move(header));
    return response;
}

server::Response ApiHandler::no_such_route(const server::Request& request) const {
    const std::string methods = router_.methods_of(request.path());
    const bool answered = (" " + methods + ",").contains(" " + request.method + ",");
    if (!methods.empty() && !answered) {
        auto response =
            respond({.type = "MethodNotAllowedException",
                     .message = fmt::format("{} answers {}.", request.path().substr(0, 128), methods),
                     .status = 405},
                    request.request_id, kUnknown);
        response.headers.push_back({.name = "Allow", .value = methods});
        return response;
    }
    if (request.method == "POST")
        return respond({.type = "UnknownOperationException",
                        .message = "The request has no X-Amz-Target header, so it names no operation."},
                       request.request_id, kUnknown);
    return respond({.type = "ResourceNotFoundException",
                    .message = fmt::format("There is nothing at {}.", request.path().substr(0, 128)),
                    .status = 404},
                   request.request_id, kUnknown);
}

server::Response ApiHandler::reject(const server::Rejection& rejection) {
    using enum server::RejectionReason;
    Exception exception{.type = "ValidationException", .message = rejection.message};
    switch (rejection.reason) {
        case kMalformed:
        case kHeaderTooLarge:
        case kBodyTooLarge:
            break;
        case kTimeout:
            exception.type = "RequestTimeoutException";
            break;
        case kQueueFull:
        case kBudgetFull:
        case kConnectionsFull:
        case kStopping:
            exception.type = "ThrottlingException";
            exception.message =
                fmt::format("Slow down; sudden increase in rate of requests. ({})", rejection.message);
            exception.modelled = true;
            break;
        case kInternal:
            exception = exception_of({.code = ErrorCode::kInternal, .message = rejection.message}, false);
            break;
    }
    const std::string_view target = rejection.head == nullptr
                                        ? std::string_view{}
                                        : rejection.head->header("x-amz-target").value_or(std::string_view{});
    return respond(exception, rejection.request_id, label_of(operation_of_target(target)));
}

bool ApiHandler::quick(const server::Request& head) const {
    if (is_rekognition(head)) return false;
    const auto match = router_.find(head);
    return !match || match->route->quick;
}

bool ApiHandler::ready() const {
    const engine::Recorder* recorder = engine_.recorder();
    return recorder == nullptr || !recorder->stopped();
}

}  // namespace visavis::protocol
