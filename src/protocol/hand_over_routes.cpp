#include "protocol/hand_over_routes.h"

#include <algorithm>

#include "engine/hand_over.h"
#include "protocol/receipt_pieces.h"
#include "protocol/route_body.h"

namespace visavis::protocol {
namespace {

namespace json = boost::json;

Result<engine::HandOverRequest> request_of(const RouteCall& call) {
    const auto body = object_of(call, {"candidates", "recipient"});
    if (!body) return std::unexpected(body.error());
    engine::HandOverRequest request{.receipt = {}, .candidates = {}, .local = call.local, .recipient = {}};
    const auto index = receipt_index(call);
    if (!index) return std::unexpected(index.error());
    request.receipt = *index;
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

server::Response hand_over(const RouteCall& call, ledger::Ledger& ledger) {
    constexpr std::string_view kOperation = "HandOverResult";
    const auto request = request_of(call);
    if (!request) return receipt_failure(request.error(), call, kOperation);
    engine::Call& called = call.called;
    const auto handed = engine::hand_over(call.engine, called, ledger, *request);
    if (!handed) return receipt_failure(handed.error(), call, kOperation);
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
    return answer_with_receipt(std::move(body), called, kOperation);
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
