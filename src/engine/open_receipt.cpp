#include "engine/open_receipt.h"

#include <algorithm>

#include "engine/engine.h"
#include "policy/collection_tags.h"

namespace visavis::engine {
namespace {

/// Whether the collection of a receipt demands two persons. One that is gone demands nothing any more.
Result<bool> wants_two_persons(const Engine& engine, const Call& call, const ledger::Openings& openings) {
    const auto field = std::ranges::find(openings.fields, "collection", &ledger::Opening::field);
    if (field == openings.fields.end() || field->erased() || engine.store() == nullptr) return false;
    return engine.store()->read([&](const store::Transaction& now) -> Result<bool> {
        const auto collection = now.collections().find(call.caller.account, field->value);
        if (!collection) return std::unexpected(collection.error());
        if (!*collection) return false;
        const auto tags = now.tags().list((*collection)->key);
        if (!tags) return std::unexpected(tags.error());
        return tags->contains(std::string(policy::kTwoPersonsTag));
    });
}

Result<void> withhold(const Engine& engine, const Call& call, OpenReceiptResponse& response) {
    auto& candidates = response.openings.candidates;
    response.withheld.resize(candidates.size());
    if (candidates.empty()) return {};
    const auto two = wants_two_persons(engine, call, response.openings);
    if (!two) return std::unexpected(two.error());
    if (!*two) return {};
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (candidates[i].erased() || response.states[i].confirmed_by_two()) continue;
        candidates[i].salt.clear();
        candidates[i].value.clear();
        response.withheld[i] = true;
    }
    return {};
}

Result<OpenReceiptResponse> open(Engine& engine, const Call& call, ledger::Ledger& ledger,
                                 std::uint64_t index) {
    const auto entry = ledger.log().entry(index);
    if (!entry) return std::unexpected(entry.error());
    auto receipt = ledger::parse_receipt(*entry);
    if (!receipt) return fail(ErrorCode::kInternal, receipt.error().message);
    auto openings = ledger.openings(index);
    if (!openings) return std::unexpected(openings.error());
    auto verifications = ledger.verifications_of(index);
    if (!verifications) return std::unexpected(verifications.error());
    OpenReceiptResponse response{.receipt = std::move(*receipt),
                                 .openings = std::move(*openings),
                                 .verifications = std::move(*verifications),
                                 .states = {},
                                 .withheld = {}};
    if (response.receipt.candidates) {
        auto states = candidate_states(ledger, index);
        if (!states) return std::unexpected(states.error());
        response.states = std::move(*states);
    }
    response.states.resize(response.openings.candidates.size());
    if (auto done = withhold(engine, call, response); !done) return std::unexpected(done.error());
    return response;
}

}  // namespace

Result<OpenReceiptResponse> open_receipt(Engine& engine, Call& call, ledger::Ledger& ledger,
                                         std::uint64_t index) {
    return governed<OpenReceiptResponse>(engine, call, {.operation = "OpenReceipt"}, [&](Record& /*record*/) {
        return open(engine, call, ledger, index);
    });
}

}  // namespace visavis::engine
