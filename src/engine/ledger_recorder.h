// Receipts of operations, written to the ledger.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/governed.h"
#include "ledger/ledger.h"

namespace visavis::engine {

/// Operations that touch no face leave no receipt by default; refusals of every operation do.
[[nodiscard]] std::set<std::string> operations_without_receipts();

struct RecorderOptions {
    std::shared_ptr<ledger::Ledger> ledger;
    std::string pack;       ///< name and version of the model pack
    std::string pack_hash;  ///< SHA-256 over its files
    std::string curve;      ///< SHA-256 of its calibration curve
    /// The sector of a principal's organisation; empty: unknown. May be absent.
    std::function<std::string(const std::string& principal)> sector_of;
    std::set<std::string> without = operations_without_receipts();
};

/// Thread-safe.
class LedgerRecorder final : public Recorder {
  public:
    explicit LedgerRecorder(RecorderOptions options) : options_(std::move(options)) {}

    /// Writes what an earlier operation could not, too: in the order in which things happened.
    [[nodiscard]] Result<void> ready(const std::string& operation) override;
    [[nodiscard]] bool stopped() const noexcept override;
    [[nodiscard]] Result<std::optional<ReceiptReference>> record(const Caller& caller,
                                                                 const Record& record) override;
    [[nodiscard]] Result<Bytes> prepare(const Caller& caller, const Record& record) override;

  private:
    [[nodiscard]] ledger::Draft draft(const Caller& caller, const Record& record) const;

    Result<std::uint64_t> append(const Bytes& prepared);
    Result<void> write_left_behind();

    /// Kept with its change, and its operation has ended: nobody else writes it before the next start.
    struct LeftBehind {
        Bytes prepared;
        std::function<Result<void>()> settle;
    };

    RecorderOptions options_;
    std::mutex mutex_;  // guards the rest
    std::vector<LeftBehind> left_behind_;
};

/// The field of a receipt's openings that holds the account whose credential was used.
inline constexpr std::string_view kAccountField = "account";

/// Who may open or judge what a receipt is about: kAccessDenied if the openings are of a use in another
/// account than the caller's, under another case than the credential is bound to, or of a collection that the
/// credential does not reach. The operator at this machine reads those of every account; receipts of before
/// there were accounts name none.
[[nodiscard]] Result<void> check_reach(const Caller& caller, const ledger::Openings& openings);
/// The same for a collection by itself.
[[nodiscard]] Result<void> check_reach(const Caller& caller, const std::string& collection);

/// What every receipt says about its caller; the operations of the ledger itself use it, too.
[[nodiscard]] std::vector<ledger::Secret> caller_secrets(const Caller& caller);

/// How the ledger names a face or user: leads from a person to the receipts that concern them.
[[nodiscard]] std::string subject_of(const Caller& caller, const std::string& collection,
                                     const std::string& id);

}  // namespace visavis::engine
