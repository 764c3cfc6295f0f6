#include "engine/governed.h"

#include <fmt/format.h>

#include "base/random.h"
#include "engine/arn.h"
#include "engine/engine.h"

namespace visavis::engine {

Caller the_server(std::string account) {
    return {.principal = "visavis",
            .account = std::move(account),
            .region = "local",
            .request_id = random_uuid(),
            .access_key_id = {},
            .source_address = "local",
            .binding = {}};
}

namespace detail {
namespace {

/// Before anything is changed: what cannot be recorded must not happen.
Result<void> ready(Engine& engine, const Record& record) {
    return engine.recorder() == nullptr ? Result<void>{} : engine.recorder()->ready(record.use.operation);
}

}  // namespace

Result<void> begin(Engine& engine, Call& call, Record& record) {
    record.start = engine.clock().now();
    if (engine.gate() == nullptr) return ready(engine, record);
    Decision decision = engine.gate()->decide(call.caller, record.use);
    record.policy_set = std::move(decision.policy_set);
    record.policies = std::move(decision.policies);
    if (decision.allowed) return ready(engine, record);
    // Amazon's wording first: clients and their logs look for it.
    std::string resource = "*";
    if (!record.use.collection.empty()) resource = collection_arn(call.caller, record.use.collection);
    if (!record.use.role.empty())
        resource = fmt::format("arn:aws:iam::{}:role/{}", call.caller.account, record.use.role);
    std::string message =
        fmt::format("User: {} is not authorized to perform: {}:{} on resource: {}", user_arn(call.caller),
                    record.use.role.empty() ? "rekognition" : "sts", record.use.operation, resource);
    if (!decision.reason.empty()) message += ": " + decision.reason;
    return fail(ErrorCode::kAccessDenied, std::move(message));
}

Result<void> begin_unasked(Engine& engine, Record& record) {
    record.start = engine.clock().now();
    if (engine.authority() != nullptr)
        record.policy_set = engine.authority()->keeper().current()->set->hash();
    return ready(engine, record);
}

Result<void> finish(Engine& engine, Call& call, Record& record, const Error* error) {
    record.end = engine.clock().now();
    record.outcome = error == nullptr                          ? Outcome::kAnswered
                     : error->code == ErrorCode::kAccessDenied ? Outcome::kRefused
                                                               : Outcome::kFailed;
    if (error != nullptr) record.error = name(error->code);
    if (engine.recorder() == nullptr) return {};
    auto receipt = engine.recorder()->record(call.caller, record);
    if (!receipt) return std::unexpected(receipt.error());
    call.notes.receipt = std::move(*receipt);
    return {};
}

}  // namespace detail
}  // namespace visavis::engine
