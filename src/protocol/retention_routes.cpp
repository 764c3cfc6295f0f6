#include "protocol/retention_routes.h"

#include "engine/retention.h"
#include "protocol/route_body.h"

namespace visavis::protocol {
namespace {

namespace json = boost::json;

json::object status_json(const engine::RetentionOfCollection& one, TimePoint now) {
    json::object made{{"collection", one.id}, {"retention_days", one.days}, {"faces", one.faces},
                      {"users", one.users},   {"due_faces", one.due.faces}, {"due_users", one.due.users}};
    if (one.purpose_met) made["purpose_met"] = time_text(*one.purpose_met);
    if (one.next_due) {
        made["next_due"] = time_text(*one.next_due);
        made["overdue"] = *one.next_due <= now;
    }
    if (one.last_sweep)
        made["last_sweep"] = {{"at", time_text(one.last_sweep->at)},
                              {"faces", one.last_sweep->faces},
                              {"users", one.last_sweep->users}};
    return made;
}

server::Response status(const RouteCall& call) {
    engine::Call& called = call.called;
    const auto found = engine::retention_status(call.engine, called);
    if (!found) return error_response(found.error(), call, "RetentionStatus");
    json::array collections;
    for (const auto& one : *found) collections.push_back(status_json(one, call.engine.clock().now()));
    return json_response(json::object{{"collections", std::move(collections)}}, "RetentionStatus");
}

server::Response sweep(const RouteCall& call) {
    if (const auto body = object_of(call, {}); !body)
        return error_response(body.error(), call, "SweepRetention");
    engine::Call& called = call.called;
    const auto swept = engine::sweep_retention(call.engine, called);
    if (!swept) return error_response(swept.error(), call, "SweepRetention");
    json::array collections;
    for (const auto& one : *swept)
        collections.push_back(
            {{"collection", one.id}, {"faces", one.removed.faces}, {"users", one.removed.users}});
    return json_response(json::object{{"collections", std::move(collections)}}, "SweepRetention");
}

}  // namespace

void add_retention_routes(Router& router) {
    router.add({.method = "GET",
                .pattern = "/v1/retention",
                .operation = "RetentionStatus",
                .answer = status,
                .refuse = {}});
    router.add({.method = "POST",
                .pattern = "/v1/retention/sweep",
                .operation = "SweepRetention",
                .answer = sweep,
                .refuse = {}});
}

}  // namespace visavis::protocol
