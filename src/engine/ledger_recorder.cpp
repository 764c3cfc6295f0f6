#include "engine/ledger_recorder.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ledger/draft.h"

namespace visavis::engine {
namespace {

constexpr std::array kSearches = {"CompareFaces", "SearchFaces", "SearchFacesByImage", "SearchUsers",
                                  "SearchUsersByImage"};

ledger::Outcome outcome_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::kAnswered:
            return ledger::Outcome::kAnswered;
        case Outcome::kRefused:
            return ledger::Outcome::kRefused;
        case Outcome::kFailed:
            break;
    }
    return ledger::Outcome::kFailed;
}

Result<void> settle(const std::function<Result<void>()>& remove) {
    const auto removed = remove();
    // Left behind, it is recognised by its id at the next start and not written twice.
    if (!removed && removed.error().code == ErrorCode::kInternal) return removed;
    return {};
}

}  // namespace

std::set<std::string> operations_without_receipts() {
    return {"ListCollections", "DescribeCollection", "ListTagsForResource"};
}

std::vector<ledger::Secret> caller_secrets(const Caller& caller) {
    return {{.field = "principal", .value = caller.principal},
            {.field = std::string(kAccountField), .value = caller.account},
            {.field = "purpose", .value = caller.binding.purpose},
            {.field = "case", .value = caller.binding.case_id},
            {.field = "recipient", .value = caller.binding.recipient},
            {.field = "basis", .value = caller.binding.basis},
            {.field = "address", .value = caller.source_address}};
}

Result<void> check_reach(const Caller& caller, const ledger::Openings& openings) {
    if (caller.access_key_id.empty()) return {};
    const auto said = [&](std::string_view field) {
        const auto found = std::ranges::find(openings.fields, field, &ledger::Opening::field);
        return found == openings.fields.end() ? std::string() : found->value;
    };
    if (const std::string account = said(kAccountField); !account.empty() && account != caller.account)
        return fail(ErrorCode::kAccessDenied, "the receipt is of a use in another account");
    if (const std::string& bound = caller.binding.case_id; !bound.empty() && said("case") != bound)
        return fail(ErrorCode::kAccessDenied,
                    "the receipt is of a use under another case than the credential's");
    if (const std::string collection = said("collection"); !collection.empty())
        return check_reach(caller, collection);
    return {};
}

Result<void> check_reach(const Caller& caller, const std::string& collection) {
    const auto& bound = caller.binding.collections;
    if (bound.empty() || std::ranges::find(bound, collection) != bound.end()) return {};
    return fail(ErrorCode::kAccessDenied,
                fmt::format("the credential does not reach the collection `{}`", collection));
}

std::string subject_of(const Caller& caller, const std::string& collection, const std::string& id) {
    return fmt::format("{}/{}/{}", caller.account, collection, id);
}

ledger::Draft LedgerRecorder::draft(const Caller& caller, const Record& record) const {
    ledger::Draft draft;
    ledger::Receipt& receipt = draft.receipt;
    receipt.operation = record.use.operation;
    receipt.outcome = outcome_of(record.outcome);
    receipt.error = record.error;
    receipt.start = record.start;
    receipt.end = record.end;
    receipt.policy_set = record.policy_set;
    receipt.policies = record.policies;
    receipt.gallery_size = record.gallery_size;
    if (record.threshold) receipt.threshold = fmt::format("{:.4f}", *record.threshold);
    if (record.threshold_fmr) receipt.threshold_fmr = fmt::format("{:.2e}", *record.threshold_fmr);
    receipt.pack = options_.pack;
    receipt.pack_hash = options_.pack_hash;
    receipt.curve = options_.curve;
    receipt.software = VISAVIS_VERSION;
    if (record.outcome == Outcome::kAnswered) receipt.verification = record.verification;
    receipt.erasure = record.erasure;

    draft.secrets = caller_secrets(caller);
    if (options_.sector_of)
        draft.secrets.push_back({.field = "sector", .value = options_.sector_of(caller.principal)});
    draft.secrets.push_back({.field = "collection", .value = record.use.collection});
    draft.secrets.push_back({.field = "case-record", .value = record.use.case_id});
    if (record.about_receipt)
        draft.secrets.push_back({.field = "receipt", .value = std::to_string(*record.about_receipt)});
    for (std::size_t i = 0; i < record.probes.size(); ++i)
        draft.secrets.push_back({.field = fmt::format("probe-{}", i), .value = to_hex(record.probes[i])});

    const auto subject = [&](const std::string& id) {
        return id.empty() ? std::string() : subject_of(caller, record.use.collection, id);
    };
    draft.lists_candidates = record.outcome == Outcome::kAnswered &&
                             std::ranges::find(kSearches, record.use.operation) != kSearches.end();
    for (const auto& candidate : record.candidates)
        draft.candidates.push_back({.id = candidate.id,
                                    .similarity = fmt::format("{:.4f}", candidate.similarity),
                                    .subject = subject(candidate.id)});
    for (const auto& id : record.subjects)
        draft.subjects.push_back({.id = id, .similarity = {}, .subject = subject(id)});
    return draft;
}

Result<Bytes> LedgerRecorder::prepare(const Caller& caller, const Record& record) {
    if (record.outcome == Outcome::kAnswered && options_.without.contains(record.use.operation))
        return Bytes{};
    if (auto writable = options_.ledger->log().writable(); !writable)
        return std::unexpected(writable.error());
    const auto prepared = options_.ledger->prepare(draft(caller, record));
    if (!prepared) return std::unexpected(prepared.error());
    return ledger::encode_prepared(*prepared);
}

Result<std::uint64_t> LedgerRecorder::append(const Bytes& prepared) {
    auto decoded = ledger::decode_prepared(prepared);
    if (!decoded) return std::unexpected(decoded.error());
    std::vector<ledger::Prepared> one;
    one.push_back(std::move(*decoded));
    return options_.ledger->append(std::move(one));
}

Result<void> LedgerRecorder::write_left_behind() {
    const std::lock_guard guard(mutex_);
    while (!left_behind_.empty()) {
        const LeftBehind oldest = left_behind_.front();
        // The append that failed has left nothing in the log.
        if (auto written = append(oldest.prepared); !written) return std::unexpected(written.error());
        left_behind_.erase(left_behind_.begin());
        if (auto settled = settle(oldest.settle); !settled) return settled;
    }
    return {};
}

bool LedgerRecorder::stopped() const noexcept {
    return options_.ledger->log().stopped();
}

Result<void> LedgerRecorder::ready(const std::string& operation) {
    if (options_.without.contains(operation)) return {};
    if (auto writable = options_.ledger->log().writable(); !writable) return writable;
    return write_left_behind();
}

Result<std::optional<ReceiptReference>> LedgerRecorder::record(const Caller& caller, const Record& record) {
    if (record.outcome != Outcome::kRefused && options_.without.contains(record.use.operation))
        return std::nullopt;
    // A receipt kept with its change is true even if the operation failed afterwards: the change has
    // happened.
    auto index =
        record.prepared.empty() ? options_.ledger->add(draft(caller, record)) : append(record.prepared);
    if (!index) {
        const bool later = index.error().code == ErrorCode::kUnavailable;
        if (later && record.settle) {
            const std::lock_guard guard(mutex_);
            left_behind_.push_back({.prepared = record.prepared, .settle = record.settle});
        }
        return std::unexpected(index.error());
    }
    if (record.settle)
        if (auto settled = settle(record.settle); !settled) return std::unexpected(settled.error());
    return ReceiptReference{.log = options_.ledger->log().verifier().name, .index = *index};
}

}  // namespace visavis::engine
