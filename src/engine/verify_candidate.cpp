#include "engine/verify_candidate.h"

#include <map>

#include <fmt/format.h>

#include "engine/ledger_recorder.h"

namespace visavis::engine {
namespace {

/// How many candidates the receipt has.
Result<std::uint64_t> candidates_of(const ledger::Ledger& ledger, std::uint64_t index) {
    const auto entry = ledger.log().entry(index);
    if (!entry) return std::unexpected(entry.error());
    const auto receipt = ledger::parse_receipt(*entry);
    if (!receipt) return fail(ErrorCode::kInternal, receipt.error().message);
    if (!receipt->candidates)
        return fail(
            ErrorCode::kInvalidParameter,
            fmt::format("receipt `{}` is of `{}`, which returns no candidates", index, receipt->operation));
    return receipt->candidates->count;
}

Result<void> check_receipt(const Caller& caller, ledger::Ledger& ledger, std::uint64_t receipt) {
    const auto openings = ledger.openings(receipt);
    if (!openings) return std::unexpected(openings.error());
    return check_reach(caller, *openings);
}

}  // namespace

Result<std::vector<CandidateState>> candidate_states(ledger::Ledger& ledger, std::uint64_t receipt) {
    const auto count = candidates_of(ledger, receipt);
    if (!count) return std::unexpected(count.error());
    const auto verifications = ledger.verifications_of(receipt);
    if (!verifications) return std::unexpected(verifications.error());
    std::map<std::pair<std::uint64_t, ledger::Hash>, bool> last_words;
    for (const auto& one : *verifications) last_words[{one.candidate, one.person}] = one.confirmed;
    std::vector<CandidateState> states(*count);
    for (const auto& [who, confirmed] : last_words)
        if (who.first < *count)
            ++(confirmed ? states[who.first].confirmed_by : states[who.first].rejected_by);
    return states;
}

Result<std::vector<CandidateState>> read_candidate_states(Engine& engine, Call& call, ledger::Ledger& ledger,
                                                          std::uint64_t receipt) {
    return governed<std::vector<CandidateState>>(
        engine, call, {.operation = "Audit"}, [&](Record& record) -> Result<std::vector<CandidateState>> {
            record.about_receipt = receipt;
            if (auto own = check_receipt(call.caller, ledger, receipt); !own)
                return std::unexpected(own.error());
            return candidate_states(ledger, receipt);
        });
}

Result<CandidateState> verify_candidate(Engine& engine, Call& call, ledger::Ledger& ledger,
                                        const VerifyCandidateRequest& request) {
    auto done = governed<CandidateState>(
        engine, call, {.operation = "VerifyCandidate"}, [&](Record& record) -> Result<CandidateState> {
            record.about_receipt = request.receipt;
            if (auto own = check_receipt(call.caller, ledger, request.receipt); !own)
                return std::unexpected(own.error());
            const auto count = candidates_of(ledger, request.receipt);
            if (!count) return std::unexpected(count.error());
            if (request.candidate >= *count)
                return fail(ErrorCode::kNotFound,
                            fmt::format("receipt `{}` has {} candidates; `{}` is not one of them",
                                        request.receipt, *count, request.candidate));
            record.verification = {
                .receipt = request.receipt, .candidate = request.candidate, .confirmed = request.confirmed};
            return CandidateState{};
        });
    if (!done) return done;
    const auto states = candidate_states(ledger, request.receipt);
    if (!states) return std::unexpected(states.error());
    return (*states)[request.candidate];
}

}  // namespace visavis::engine
