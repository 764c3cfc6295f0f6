#include "policy/request_json.h"

#include <chrono>

#include <boost/json.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "policy/actions.h"
#include "policy/vocabulary.h"

namespace visavis::policy {
namespace {

namespace json = boost::json;

json::object uid(std::string_view type, std::string_view id) {
    return {{"type", type}, {"id", id}};
}

json::object entity(json::object uid, json::object attributes, json::array parents = {}) {
    return {{"uid", std::move(uid)}, {"attrs", std::move(attributes)}, {"parents", std::move(parents)}};
}

json::array texts(const std::vector<std::string>& list) {
    json::array made;
    made.reserve(list.size());
    for (const std::string& text : list) made.emplace_back(text);
    return made;
}

/// Whole seconds: no rule is finer, and within a second the same question has the same text, whose answer
/// PolicySet remembers.
std::string datetime(TimePoint time) {
    return fmt::format(
        "{:%Y-%m-%dT%H:%M:%S}Z",
        fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time))));
}

void add_principal(json::array& entities, const Principal& principal) {
    const Organisation& organisation = principal.organisation;
    json::array parents;
    if (!organisation.name.empty()) {
        entities.push_back(
            entity(uid("Organisation", organisation.name),
                   {{"sector", organisation.sector}, {"registered_as", texts(organisation.registered_as)}}));
        parents.push_back(uid("Organisation", organisation.name));
    }
    entities.push_back(entity(uid("Principal", principal.name),
                              {{"name", principal.name},
                               {"organisation", organisation.name},
                               {"sector", organisation.sector},
                               {"registered_as", texts(organisation.registered_as)},
                               {"role", principal.role},
                               {"trained_until", datetime(principal.trained_until)},
                               {"root", principal.root}},
                              std::move(parents)));
}

json::object collection_entity(const Collection& collection) {
    json::object tags;
    for (const auto& [key, value] : collection.tags) tags[key] = value;
    json::object made =
        entity(uid("Collection", collection.name), {{"name", collection.name},
                                                    {"owner", collection.owner},
                                                    {"subjects", collection.subjects},
                                                    {"purposes", texts(collection.purposes)},
                                                    {"bases", texts(collection.bases)},
                                                    {"recipients", texts(collection.recipients)},
                                                    {"retention_days", collection.retention_days}});
    made["tags"] = std::move(tags);
    return made;
}

/// Adds the resource's entity and gives its uid.
json::object add_resource(json::array& entities, ResourceKind kind, const Request& request) {
    switch (kind) {
        case ResourceKind::kCollection:
            entities.push_back(collection_entity(request.collection));
            return uid("Collection", request.collection.name);
        case ResourceKind::kRole:
            entities.push_back(
                entity(uid("Role", request.role.name), {{"name", request.role.name},
                                                        {"purposes", texts(request.role.purposes)},
                                                        {"collections", texts(request.role.collections)},
                                                        {"recipients", texts(request.role.recipients)}}));
            return uid("Role", request.role.name);
        case ResourceKind::kCase:
            entities.push_back(
                entity(uid("Case", request.case_record.id), {{"name", request.case_record.id},
                                                             {"requester", request.case_record.requester},
                                                             {"purpose", request.case_record.purpose}}));
            return uid("Case", request.case_record.id);
        case ResourceKind::kServer:
            break;
    }
    entities.push_back(entity(uid("Server", "visavis"), {{"name", "visavis"}}));
    return uid("Server", "visavis");
}

json::object context_json(const Context& context) {
    json::object made{
        {"purpose", context.purpose},
        {"basis_kind", context.basis_kind},
        {"basis_reference", context.basis_reference},
        {"recipient", context.recipient},
        {"credential",
         {{"kind", context.credential.kind},
          {"collections", texts(context.credential.collections)},
          {"case", context.credential.case_id},
          {"approver", context.credential.approver}}},
        {"now", {{"datetime", datetime(context.now)}}},
        {"hour", context.hour},
        {"weekday", context.weekday},
        {"source_address", {{"ip", context.source_address}}},
        {"threshold", {{"decimal", fmt::format("{:.4f}", context.threshold)}}},
        {"fmr_per_trillion", context.fmr_per_trillion},
        {"gallery_size", context.gallery_size},
        {"attributes", texts(context.attributes)},
        {"confirmations", context.confirmations},
        {"live", context.live},
        {"clock_set_back", context.clock_set_back},
    };
    if (const auto& open = context.case_in_force)
        made["case"] = json::object{{"id", open->id},
                                    {"purpose", open->purpose},
                                    {"requester", open->requester},
                                    {"approver", open->approver},
                                    {"authorisation", open->authorisation},
                                    {"opened", {{"datetime", datetime(open->opened)}}},
                                    {"expires", {{"datetime", datetime(open->expires)}}},
                                    {"urgent", open->urgent},
                                    {"confirmations", open->confirmations}};
    return made;
}

Result<void> check_names(const Request& request, ResourceKind kind) {
    Result<void> checked = check_name(request.principal.name, "principal");
    if (checked && kind == ResourceKind::kCollection)
        checked = check_name(request.collection.name, "collection");
    if (checked && kind == ResourceKind::kRole) checked = check_name(request.role.name, "role");
    if (checked && kind == ResourceKind::kCase) checked = check_name(request.case_record.id, "case");
    return checked;
}

}  // namespace

Result<std::string> to_cedar_json(const Request& request, const Dates& dates) {
    const Action* action = find_action(request.action);
    if (action == nullptr)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` is no action that policies know", request.action));
    if (auto checked = check_names(request, action->resource); !checked)
        return std::unexpected(checked.error());

    json::array entities;
    add_principal(entities, request.principal);
    json::object resource = add_resource(entities, action->resource, request);
    json::object parameters = entity(uid("Parameters", "dates"), {});
    json::object tags;
    for (const auto& [name, date] : dates) tags[name] = date;
    parameters["tags"] = std::move(tags);
    entities.push_back(std::move(parameters));
    return json::serialize(json::object{{"principal", uid("Principal", request.principal.name)},
                                        {"action", uid("Action", request.action)},
                                        {"resource", std::move(resource)},
                                        {"context", context_json(request.context)},
                                        {"entities", std::move(entities)}});
}

}  // namespace visavis::policy
