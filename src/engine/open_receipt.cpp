#include "engine/open_receipt.h"

#include <algorithm>

#include "engine/ledger_recorder.h"
#include "engine/two_persons.h"

namespace visavis::engine {
namespace {

Result<void> withhold(const Engine& engine, const Call& call, OpenReceiptResponse& response) {
    auto& candidates = response.openings.candidates;
    response.withheld.resize(candidates.size());
    if (candidates.empty()) return {};
    const auto field = std::ranges::find(response.openings.fields, "collection", &ledger::Opening::field);
    const auto two = wants_two_persons(
        engine, call.caller.account, field == response.openings.fields.end() ? std::string() : field->value);
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
    if (auto own = check_reach(call.caller, *openings); !own) return std::unexpected(own.error());
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
    return governed<OpenReceiptResponse>(engine, call, {.operation = "OpenReceipt"}, [&](Record& record) {
        record.about_receipt = index;
        return open(engine, call, ledger, index);
    });
}

}  // namespace visavis::engine
