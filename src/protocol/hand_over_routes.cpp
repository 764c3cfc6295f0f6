#include "protocol/hand_over_routes.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/bytes.h"
#include "engine/hand_over.h"
#include "protocol/route_body.h"

namespace visavis::protocol {
namespace {

namespace json = boost::json;

Result<engine::HandOverRequest> request_of(const RouteCall& call) {
    const auto body = object_of(call, {"candidates", "recipient"});
    if (!body) return std::unexpected(body.error());
    engine::HandOverRequest request{.receipt = {}, .candidates = {}, .local = call.local, .recipient = {}};
    const std::string& text = call.parameters.find("index")->second;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), request.receipt);
    if (failed != std::errc{} || end != text.data() + text.size())
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` is not the index of a receipt", text.substr(0, 64)));
    auto recipient = text_of(*body, "recipient");
    if (!recipient) return std::unexpected(recipient.error());
    request.recipient = std::move(*recipient);
    const json::value* list = body->if_contains("candidates");
    if (list == nullptr) return request;
    const bool positions = list->is_array() && !list->get_array().empty() &&
                           std::ranges::all_of(list->get_array(), [](const json::value& item) {
                               return item.is_int64() && item.get_int64() >= 0;
                           });
    if (!positions)
        return fail(ErrorCode::kValidation,
                    "`candidates` must be a list of positions, from 0; leave it out for all");
    for (const json::value& item : list->get_array())
        request.candidates.push_back(static_cast<std::uint64_t>(item.get_int64()));
    return request;
}

json::object opening_json(const ledger::Opening& opening) {
    json::object made{{"field", opening.field}, {"commitment", to_base64(opening.commitment)}};
    if (opening.erased()) {
        made["erased"] = true;
    } else {
        made["salt"] = to_base64(opening.salt);
        made["value"] = opening.value;
    }
    return made;
}

server::Response hand_over(const RouteCall& call, ledger::Ledger& ledger) {
    constexpr std::string_view kOperation = "HandOverResult";
    const auto request = request_of(call);
    if (!request) return error_response(request.error(), call, kOperation);
    engine::Call called{.caller = call.caller, .notes = {}};
    const auto handed = engine::hand_over(call.engine, called, ledger, *request);
    if (!handed) return error_response(handed.error(), call, kOperation);
    json::array fields;
    for (const ledger::Opening& one : handed->fields) fields.push_back(opening_json(one));
    json::array candidates;
    for (const engine::HandedCandidate& one : handed->candidates) {
        json::object made = opening_json(one.opening);
        made["position"] = one.position;
        made["confirmed_by"] = one.confirmed_by;
        candidates.push_back(std::move(made));
    }
    json::object body{{"receipt", handed->receipt},
                      {"recipient", handed->recipient},
                      {"record", json::parse(ledger::to_text(handed->record))},
                      {"fields", std::move(fields)},
                      {"candidates", std::move(candidates)}};
    if (called.notes.receipt)
        body["Receipt"] = {{"Log", called.notes.receipt->log}, {"Index", called.notes.receipt->index}};
    return json_response(body, kOperation);
}

}  // namespace

void add_hand_over_routes(Router& router, std::shared_ptr<ledger::Ledger> ledger) {
    router.add(
        {.method = "POST",
         .pattern = "/v1/receipts/{index}/handovers",
         .operation = "HandOverResult",
         .answer = [ledger = std::move(ledger)](const RouteCall& call) { return hand_over(call, *ledger); },
         .refuse = {}});
}

}  // namespace visavis::protocol
