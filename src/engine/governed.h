// The one place where every operation asks policy first and writes its receipt last:
//
//     return governed<SearchFacesResponse>(engine, call, {.operation = "SearchFaces", .collection = id, …},
//         [&](Record& record) -> Result<SearchFacesResponse> { …; record.gallery_size = n; … });
//
// A refusal and a failure leave a receipt, too; an answer is given only when its receipt is durable.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "engine/call.h"
#include "ledger/receipt.h"

namespace visavis::engine {

class Engine;

/// What is asked, known before anything is done: what policy decides on.
struct Use {
    std::string operation;                ///< Rekognition's name, e.g. `SearchFacesByImage`, or one of ours
    std::string collection;               ///< CollectionId; empty: none
    std::optional<double> threshold;      ///< Similarity asked for, 0…100
    std::vector<std::string> attributes;  ///< Rekognition's `Attribute` values asked for
    std::vector<std::string> tags;        ///< keys of tags that are to be set or removed
    std::string role{};                   ///< of AssumeRole
    std::string case_id{};                ///< of the operations on cases
    std::string case_purpose{};           ///< of OpenCase
    std::int64_t confirmations{};  ///< of HandOverResult: different people who confirmed what it hands over
};

/// A face or user that was returned.
struct Candidate {
    std::string id;  ///< FaceId or UserId
    double similarity{};
};

enum class Outcome { kAnswered, kRefused, kFailed };

/// What happened: what the receipt commits to. The operation fills in what applies.
struct Record {
    Use use;
    TimePoint start;
    TimePoint end;
    Outcome outcome{Outcome::kFailed};
    std::string error;                          ///< name(ErrorCode) unless answered
    std::vector<Sha256> probes;                 ///< of the bytes of each image of the request, in its order
    std::optional<std::uint64_t> gallery_size;  ///< faces or users compared
    std::optional<double> threshold;            ///< Similarity in force
    std::optional<double> threshold_fmr;
    std::vector<Candidate> candidates;  ///< returned, in the answer's order
    std::vector<std::string> subjects;  ///< FaceIds or UserIds that were added, changed or removed
    std::string policy_set;             ///< hash of the policy set that decided; empty: no policy engine
    std::vector<std::string> policies;  ///< ids of the policies that decided
    std::optional<ledger::Verification> verification;  ///< of VerifyCandidate only
    std::optional<ledger::Erasure> erasure;            ///< of EraseSubject and EraseCase only
    std::optional<std::uint64_t> about_receipt{};      ///< the one that is opened, judged or handed over
    Bytes prepared;  ///< the receipt, if it is kept with the change itself (receipt_outbox.h)
    std::function<Result<void>()> settle{};  ///< to be called once `prepared` is in the log; may be empty
    bool nothing_due{};                      ///< demanded() only: nothing was changed, so no receipt is left

    /// The change that was to keep the receipt has failed: what follows tells of the failure.
    void undo_receipt() {
        prepared.clear();
        settle = nullptr;
    }
};

struct Decision {
    bool allowed{};
    std::string policy_set;
    std::vector<std::string> policies;
    std::string reason;  ///< for the person refused: the policy's advice or our own explanation
};

/// Decides whether a use may happen. Thread-safe.
class Gate {
  public:
    Gate() = default;
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;
    virtual ~Gate() = default;
    [[nodiscard]] virtual Decision decide(const Caller& caller, const Use& use) = 0;
};

/// Makes receipts durable. Thread-safe.
class Recorder {
  public:
    Recorder() = default;
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
    virtual ~Recorder() = default;

    /// Whether a receipt of this operation can be expected to be written; kUnavailable: the operation must
    /// not begin.
    [[nodiscard]] virtual Result<void> ready(const std::string& operation) = 0;

    /// Whether no receipt will be written any more until the operator has stepped in. Does not block.
    [[nodiscard]] virtual bool stopped() const noexcept = 0;

    /// Where the receipt stands, or nothing if this operation leaves none (configuration). kUnavailable if
    /// the log cannot be written: the operation then fails closed.
    [[nodiscard]] virtual Result<std::optional<ReceiptReference>> record(const Caller& caller,
                                                                         const Record& record) = 0;

    /// The receipt as bytes, to be kept with the change itself (receipt_outbox.h); empty if this operation
    /// leaves none. kUnavailable if the log cannot be written: nothing must be changed then.
    [[nodiscard]] virtual Result<Bytes> prepare(const Caller& caller, const Record& record) = 0;
};

namespace detail {
Result<void> begin(Engine& engine, Call& call, Record& record);
Result<void> begin_unasked(Engine& engine, Record& record);
Result<void> finish(Engine& engine, Call& call, Record& record, const Error* error);
}  // namespace detail

/// The body's answer; kAccessDenied in AWS's words if policy refuses; kUnavailable if the receipt cannot be
/// written. Thread-safe.
template <typename Response>
[[nodiscard]] Result<Response> governed(Engine& engine, Call& call, Use use,
                                        const std::function<Result<Response>(Record&)>& body) {
    Record record{.use = std::move(use)};
    auto answer = [&]() -> Result<Response> {
        if (const auto allowed = detail::begin(engine, call, record); !allowed)
            return std::unexpected(allowed.error());
        return body(record);
    }();
    if (const auto written = detail::finish(engine, call, record, answer ? nullptr : &answer.error());
        !written)
        return std::unexpected(written.error());
    return answer;
}

/// The caller of what the server does by itself, in an account.
[[nodiscard]] Caller the_server(std::string account);

/// What the server does by itself because a rule in force demands it (retention, a case that lapsed): nobody
/// asks, so policy is not asked either; it leaves its receipt all the same. Also for what is asked in vain,
/// with nothing that a policy could decide on. Otherwise as governed().
template <typename Response>
[[nodiscard]] Result<Response> demanded(Engine& engine, Call& call, Use use,
                                        const std::function<Result<Response>(Record&)>& body) {
    Record record{.use = std::move(use)};
    if (const auto ready = detail::begin_unasked(engine, record); !ready)
        return std::unexpected(ready.error());
    auto answer = body(record);
    if (answer && record.nothing_due) return answer;
    if (const auto written = detail::finish(engine, call, record, answer ? nullptr : &answer.error());
        !written)
        return std::unexpected(written.error());
    return answer;
}

}  // namespace visavis::engine
