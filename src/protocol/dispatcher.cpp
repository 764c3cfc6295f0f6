#include "protocol/dispatcher.h"

#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/limits.h"
#include "protocol/exceptions.h"
#include "protocol/json_text.h"
#include "protocol/notes.h"
#include "protocol/operation.h"
#include "protocol/request_json.h"
#include "protocol/service_model.h"
#include "protocol/validation.h"
#include "server/log.h"

namespace visavis::protocol {
namespace {

constexpr std::string_view kUnknown = "unknown";

Exception unknown_operation(std::string_view name) {
    Exception exception{.type = "UnknownOperationException", .message = {}};
    if (std::ranges::binary_search(model::other_operations(), name))
        exception.message = fmt::format(
            "{} is an Amazon Rekognition operation that this server does not implement; it implements face "
            "operations only.",
            name);
    else if (std::ranges::binary_search(model::face_operations(), name, {}, &model::Operation::name))
        exception.message =
            fmt::format("{} is an Amazon Rekognition operation that this server does not implement.", name);
    else
        exception.message = fmt::format("Unknown operation: {}.", name.substr(0, 128));
    return exception;
}

/// For the log: what a caller far away is not told.
void log_breakage(const Error& error, const engine::Caller& caller, std::string_view operation) {
    if (error.code != ErrorCode::kInternal && error.code != ErrorCode::kUnavailable) return;
    spdlog::error(server::json_line(SystemClock().now(), "failed",
                                    {{"id", caller.request_id},
                                     {"operation", std::string(operation)},
                                     {"error", std::string(name(error.code))},
                                     {"message", error.message}}));
}

}  // namespace

std::string_view operation_of_target(std::string_view target) noexcept {
    constexpr std::string_view kService = "RekognitionService.";
    return target.starts_with(kService) ? target.substr(kService.size()) : std::string_view{};
}

server::Response Dispatcher::dispatch(const engine::Caller& caller, std::string_view operation,
                                      std::string_view body, bool local) const {
    const auto known = std::ranges::find(answered_operations(), operation, &Operation::name);
    const auto modelled = std::ranges::find(model::face_operations(), operation, &model::Operation::name);
    if (known == answered_operations().end() || modelled == model::face_operations().end())
        return respond(unknown_operation(operation), caller.request_id, kUnknown);

    engine::Call call{.caller = caller, .notes = {}};
    auto answer = [&]() -> Result<boost::json::object> {
        const auto request = request_json(body);
        if (!request) return std::unexpected(request.error());
        const std::size_t most = local ? limits::kStoredImageBytes : limits::kInlineImageBytes;
        if (const auto valid = validate(*modelled, *request, most); !valid)
            return std::unexpected(valid.error());
        return known->run(engine_, call, *request);
    }();

    server::Response response;
    if (answer) {
        boost::json::object members = std::move(*answer);
        if (auto notes = notes_member(call.notes); !notes.empty()) members["Visavis"] = std::move(notes);
        response.body = json_text(members);
        response.operation = operation;
        response.outcome = "ok";
    } else {
        log_breakage(answer.error(), caller, operation);
        response = respond(exception_of(answer.error(), local), caller.request_id, operation);
    }
    for (server::Header& header : notes_headers(call.notes)) response.headers.push_back(std::move(header));
    return response;
}

}  // namespace visavis::protocol
