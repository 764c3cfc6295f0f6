#include "engine/verify_candidate.h"

#include <map>

#include <fmt/format.h>

namespace visavis::engine {
namespace {

Result<void> check(ledger::Ledger& ledger, const VerifyCandidateRequest& request) {
    const auto entry = ledger.log().entry(request.receipt);
    if (!entry) return std::unexpected(entry.error());
    const auto receipt = ledger::parse_receipt(*entry);
    if (!receipt) return fail(ErrorCode::kInternal, receipt.error().message);
    if (!receipt->candidates)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("receipt `{}` is of `{}`, which returns no candidates", request.receipt,
                                receipt->operation));
    if (request.candidate >= receipt->candidates->count)
        return fail(ErrorCode::kNotFound,
                    fmt::format("receipt `{}` has {} candidates; `{}` is not one of them", request.receipt,
                                receipt->candidates->count, request.candidate));
    return {};
}

}  // namespace

Result<VerifyCandidateResponse> verify_candidate(Engine& engine, Call& call, ledger::Ledger& ledger,
                                                 const VerifyCandidateRequest& request) {
    auto done = governed<VerifyCandidateResponse>(engine, call, {.operation = "VerifyCandidate"},
                                                  [&](Record& record) -> Result<VerifyCandidateResponse> {
                                                      if (auto fits = check(ledger, request); !fits)
                                                          return std::unexpected(fits.error());
                                                      record.verification = {.receipt = request.receipt,
                                                                             .candidate = request.candidate,
                                                                             .confirmed = request.confirmed};
                                                      return VerifyCandidateResponse{};
                                                  });
    if (!done) return done;
    const auto verifications = ledger.verifications_of(request.receipt);
    if (!verifications) return std::unexpected(verifications.error());
    std::map<ledger::Hash, bool> last_word;
    for (const auto& one : *verifications)
        if (one.candidate == request.candidate) last_word[one.person] = one.confirmed;
    for (const auto& [person, confirmed] : last_word) ++(confirmed ? done->confirmed_by : done->rejected_by);
    return done;
}

}  // namespace visavis::engine
