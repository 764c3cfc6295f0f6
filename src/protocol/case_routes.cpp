#include "protocol/case_routes.h"

#include "engine/governed.h"
#include "engine/receipt_outbox.h"
#include "protocol/route_body.h"

namespace visavis::protocol {
namespace {

namespace json = boost::json;

json::object case_json(const policy::Case& record, TimePoint now) {
    json::array confirmed;
    for (const std::string& person : record.confirmed_by) confirmed.emplace_back(person);
    json::object made{{"id", record.id},
                      {"state", policy::name(record.state_at(now))},
                      {"purpose", record.purpose},
                      {"reason", record.reason},
                      {"requester", record.requester},
                      {"approver", record.approver},
                      {"decided_by", record.decided_by},
                      {"authorisation", record.authorisation},
                      {"opened", time_text(record.opened)},
                      {"expires", time_text(record.expires)},
                      {"confirmed_by", std::move(confirmed)}};
    if (record.urgent_until) made["urgent_until"] = time_text(*record.urgent_until);
    const policy::CaseErasure& erasure = record.erasure;
    if (erasure != policy::CaseErasure{}) {
        json::object erased{
            {"faces", erasure.faces}, {"users", erasure.users}, {"receipts", erasure.receipts}};
        if (erasure.finished) erased["finished"] = time_text(*erasure.finished);
        made["erased"] = std::move(erased);
    }
    return made;
}

/// `message` is to be kept with a change of the cases; whoever only looks leaves it alone.
using Body = std::function<Result<json::object>(policy::Cases& cases, const MakeMessage& message)>;

server::Response governed_answer(const RouteCall& call, engine::Use use, const Body& body) {
    const std::string operation = use.operation;
    policy::Cases* cases = call.engine.authority() == nullptr ? nullptr : call.engine.authority()->cases();
    if (cases == nullptr)
        return error_response({ErrorCode::kUnavailable, "there are no cases"}, call, operation);
    engine::Call& called = call.called;
    const auto answer =
        engine::governed<json::object>(call.engine, called, std::move(use), [&](engine::Record& record) {
            return engine::change_with_receipt<json::object>(
                call.engine, called, record, cases->messages(),
                [&](const MakeMessage& message) { return body(*cases, message); });
        });
    return answer ? json_response(*answer, operation) : error_response(answer.error(), call, operation);
}

Result<json::object> described(Result<policy::Case> record, const policy::Cases& cases) {
    if (!record) return std::unexpected(record.error());
    return case_json(*record, cases.now());
}

Result<policy::NewCase> wanted_of(const RouteCall& call) {
    const auto body = object_of(call, {"id", "purpose", "reason", "hours", "urgent_hours"});
    if (!body) return std::unexpected(body.error());
    const auto id = text_of(*body, "id");
    const auto purpose = text_of(*body, "purpose");
    const auto reason = text_of(*body, "reason");
    const auto hours = number_of(*body, "hours", 72);
    const auto urgent = number_of(*body, "urgent_hours", 0);
    for (const auto* text : {&id, &purpose, &reason})
        if (!*text) return std::unexpected(text->error());
    for (const auto* number : {&hours, &urgent}) {
        if (!*number) return std::unexpected(number->error());
        if (**number < 0 || **number > 24L * 366)
            return fail(ErrorCode::kValidation, "hours must be 0 to 8784");
    }
    policy::NewCase wanted{.id = *id,
                           .purpose = *purpose,
                           .reason = *reason,
                           .expires = call.engine.clock().now() + std::chrono::hours(*hours),
                           .urgent = {}};
    if (*urgent > 0) wanted.urgent = std::chrono::hours(*urgent);
    return wanted;
}

server::Response open(const RouteCall& call) {
    const auto wanted = wanted_of(call);
    if (!wanted) return error_response(wanted.error(), call, "OpenCase");
    return governed_answer(call,
                           {.operation = "OpenCase", .case_id = wanted->id, .case_purpose = wanted->purpose},
                           [&](policy::Cases& cases, const MakeMessage& message) {
                               return described(cases.open(*wanted, call.caller.principal, message), cases);
                           });
}

server::Response approve(const RouteCall& call) {
    const auto body = object_of(call, {"authorisation"});
    if (!body) return error_response(body.error(), call, "ApproveCase");
    const auto authorisation = text_of(*body, "authorisation");
    if (!authorisation) return error_response(authorisation.error(), call, "ApproveCase");
    const std::string& id = call.parameters.find("id")->second;
    return governed_answer(call, {.operation = "ApproveCase", .case_id = id},
                           [&](policy::Cases& cases, const MakeMessage& message) {
                               return described(
                                   cases.approve(id, call.caller.principal, *authorisation, message), cases);
                           });
}

using Step = Result<policy::Case> (policy::Cases::*)(std::string_view id, std::string_view by,
                                                     const MakeMessage& message);

Route step_route(std::string_view word, const std::string& operation, Step step) {
    return {.method = "POST",
            .pattern = "/v1/cases/{id}/" + std::string(word),
            .operation = operation,
            .answer =
                [operation, step](const RouteCall& call) {
                    const std::string& id = call.parameters.find("id")->second;
                    return governed_answer(call, {.operation = operation, .case_id = id},
                                           [&](policy::Cases& cases, const MakeMessage& message) {
                                               return described(
                                                   (cases.*step)(id, call.caller.principal, message), cases);
                                           });
                },
            .refuse = {}};
}

server::Response list(const RouteCall& call) {
    return governed_answer(call, {.operation = "ListCases"},
                           [](policy::Cases& cases, const MakeMessage& /*message*/) -> Result<json::object> {
                               const auto records = cases.list();
                               if (!records) return std::unexpected(records.error());
                               json::array made;
                               for (const policy::Case& record : *records)
                                   made.push_back(case_json(record, cases.now()));
                               return json::object{{"cases", std::move(made)}};
                           });
}

}  // namespace

void add_case_routes(Router& router) {
    router.add(
        {.method = "GET", .pattern = "/v1/cases", .operation = "ListCases", .answer = list, .refuse = {}});
    router.add(
        {.method = "POST", .pattern = "/v1/cases", .operation = "OpenCase", .answer = open, .refuse = {}});
    router.add({.method = "GET",
                .pattern = "/v1/cases/{id}",
                .operation = "DescribeCase",
                .answer =
                    [](const RouteCall& call) {
                        const std::string& id = call.parameters.find("id")->second;
                        return governed_answer(call, {.operation = "DescribeCase", .case_id = id},
                                               [&](policy::Cases& cases, const MakeMessage& /*message*/) {
                                                   return described(cases.find(id), cases);
                                               });
                    },
                .refuse = {}});
    router.add({.method = "POST",
                .pattern = "/v1/cases/{id}/approve",
                .operation = "ApproveCase",
                .answer = approve,
                .refuse = {}});
    router.add(step_route("refuse", "RefuseCase", &policy::Cases::refuse));
    router.add(step_route("confirm", "ConfirmCase", &policy::Cases::confirm));
    router.add(step_route("close", "CloseCase", &policy::Cases::close));
}

}  // namespace visavis::protocol
