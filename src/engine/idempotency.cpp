#include "engine/idempotency.h"

#include <chrono>

#include <fmt/format.h>

#include "engine/collection_access.h"
#include "engine/engine.h"

namespace visavis::engine {
namespace {

constexpr std::chrono::hours kRemembered{8};

store::TokenName name_of(const Caller& caller, const Repeatable& request) {
    return {.account = caller.account, .operation = std::string(request.operation), .token = *request.token};
}

// The answer given before, or nothing if this request is new.
Result<std::optional<Bytes>> answered_before(const Caller& caller, const Repeatable& request,
                                             const store::Transaction& now) {
    if (!request.token) return std::nullopt;
    auto used = now.tokens().find(name_of(caller, request));
    if (!used) return std::unexpected(used.error());
    if (!*used) return std::nullopt;
    if ((*used)->parameters != sha256(as_bytes(request.parameters)))
        return fail(
            ErrorCode::kIdempotentParameterMismatch,
            fmt::format("The ClientRequestToken: {} you have supplied is already in use.", *request.token));
    return std::move((*used)->answer);
}

Result<void> remember_answer(const Engine& engine, const Caller& caller, const Repeatable& request,
                             ByteView answer, store::Transaction& change) {
    if (!request.token) return {};
    const TimePoint now = engine.clock().now();
    return change.tokens().remember(
        name_of(caller, request),
        {.parameters = sha256(as_bytes(request.parameters)), .answer = Bytes(answer.begin(), answer.end())},
        now + kRemembered);
}

}  // namespace

Result<Bytes> change_once(Engine& engine, const Call& call, Record& record, const Repeatable& request,
                          const std::function<Result<Bytes>(store::Transaction&)>& change) {
    return change_store(engine, call, record, [&](store::Transaction& now) -> Result<Bytes> {
        if (request.token)
            if (const auto forgotten = now.tokens().forget(engine.clock().now()); !forgotten)
                return std::unexpected(forgotten.error());
        auto before = answered_before(call.caller, request, now);
        if (!before) return std::unexpected(before.error());
        if (*before) return std::move(**before);
        auto answer = change(now);
        if (!answer) return answer;
        if (const auto kept = remember_answer(engine, call.caller, request, *answer, now); !kept)
            return std::unexpected(kept.error());
        return answer;
    });
}

}  // namespace visavis::engine
