#include "protocol/receipt_pieces.h"

#include <charconv>

#include <fmt/format.h>

#include "base/bytes.h"

namespace visavis::protocol {

Result<std::uint64_t> receipt_index(const RouteCall& call) {
    const auto& text = call.parameters.find("index")->second;
    std::uint64_t index{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (error != std::errc{} || end != text.data() + text.size())
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` is not the index of a receipt", text.substr(0, 64)));
    return index;
}

server::Response not_yet(std::string message, const RouteCall& call, std::string_view operation) {
    auto response =
        respond({.type = "ServiceUnavailableException", .message = std::move(message), .status = 503},
                call.request.request_id, operation);
    response.headers.push_back({.name = "Retry-After", .value = "1"});
    return response;
}

server::Response receipt_failure(const Error& error, const RouteCall& call, std::string_view operation) {
    if (error.code == ErrorCode::kUnavailable)
        return not_yet(exception_of(error, call.local).message, call, operation);
    if (error.code != ErrorCode::kNotFound) return error_response(error, call, operation);
    return respond({.type = "ResourceNotFoundException", .message = error.message, .status = 404},
                   call.request.request_id, operation);
}

boost::json::object opening_json(const ledger::Opening& opening) {
    boost::json::object object{{"field", opening.field}, {"commitment", to_base64(opening.commitment)}};
    if (opening.erased()) {
        object["erased"] = true;
    } else {
        object["salt"] = to_base64(opening.salt);
        object["value"] = opening.value;
    }
    return object;
}

server::Response answer_with_receipt(boost::json::object body, const engine::Call& called,
                                     std::string_view operation) {
    if (called.notes.receipt)
        body["Receipt"] = {{"Log", called.notes.receipt->log}, {"Index", called.notes.receipt->index}};
    return json_response(body, operation);
}

}  // namespace visavis::protocol
