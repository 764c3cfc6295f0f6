#include "policy/schema.h"

#include <fmt/format.h>

#include "policy/actions.h"

namespace visavis::policy {
namespace {

// Every attribute is always there (an empty text or set where nothing is known) save `context.case`, so that
// rules need `has` for that one alone.
constexpr std::string_view kTypes = R"(
entity Organisation = { "sector": String, "registered_as": Set<String> };

entity Principal in [Organisation] = {
    "name": String,
    "organisation": String,
    "sector": String,
    "registered_as": Set<String>,
    "role": String,
    "trained_until": datetime,
    "root": Bool,
};

entity Server = { "name": String };

entity Collection = {
    "name": String,
    "owner": String,
    "subjects": String,
    "purposes": Set<String>,
    "bases": Set<String>,
    "recipients": Set<String>,
    "retention_days": Long,
} tags String;

entity Role = {
    "name": String,
    "purposes": Set<String>,
    "collections": Set<String>,
    "recipients": Set<String>,
};

entity Case = { "name": String, "requester": String, "purpose": String };

// Parameters::"dates": what parameters.toml beside the policies sets.
entity Parameters tags datetime;

type Credential = {
    "kind": String,
    "collections": Set<String>,
    "case": String,
    "approver": String,
};

type CaseInForce = {
    "id": String,
    "purpose": String,
    "requester": String,
    "approver": String,
    "authorisation": String,
    "opened": datetime,
    "expires": datetime,
    "urgent": Bool,
    "confirmations": Long,
};

type Circumstances = {
    "purpose": String,
    "basis_kind": String,
    "basis_reference": String,
    "recipient": String,
    "credential": Credential,
    "case"?: CaseInForce,
    "now": datetime,
    "hour": Long,
    "weekday": Long,
    "source_address": ipaddr,
    "threshold": decimal,
    "fmr_per_trillion": Long,
    "gallery_size": Long,
    "attributes": Set<String>,
    "confirmations": Long,
    "live": Bool,
    "clock_set_back": Bool,
};

)";

std::string write_schema() {
    std::string text(kTypes);
    for (const Group group : all_groups())
        text +=
            fmt::format("action \"{}\"{};\n", name(group), group == Group::kErase ? " in [\"manage\"]" : "");
    for (const Action& action : kActions)
        text += fmt::format(
            "action \"{}\" in [\"{}\"] appliesTo {{ principal: Principal, resource: {}, context: "
            "Circumstances }};\n",
            action.name, name(action.group), name(action.resource));
    return text;
}

}  // namespace

const std::string& cedar_schema() {
    static const std::string text = write_schema();
    return text;
}

}  // namespace visavis::policy
