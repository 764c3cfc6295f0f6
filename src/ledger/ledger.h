// The ledger: log, receipts and openings together. What the engine, the server and the command line use.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "keys/seal.h"
#include "ledger/draft.h"
#include "ledger/log.h"
#include "ledger/opening_store.h"
#include "ledger/replayed_ids.h"

namespace visavis::ledger {

struct LedgerOptions {
    std::string directory;  ///< of the log, e.g. DATA/ledger
    std::string openings;   ///< file of the openings, e.g. DATA/openings.db
    std::string origin;     ///< of a new log; empty: `visavis-<uuid>`
    std::string software;   ///< version of Visavis, for receipts that the ledger writes itself
    std::chrono::milliseconds publish_interval{1000};
    std::shared_ptr<Cosigner> cosigner;
    std::function<void(const Error&)> on_trouble;
    std::size_t replay_bytes = LogOptions{}.replay_bytes;
};

/// Thread-safe. After a crash that left a long journal, a part of the openings is not in the database for a
/// while (Log::backlog). Receipts are taken and answered as ever; what needs all openings gives kUnavailable
/// until then: openings(), receipts_of(), verifications_of(), erase(), erase_case(), erased_since().
class Ledger {
  public:
    /// Errors as Log::open and OpeningStore::open; kInternal, too, if the openings know receipts that the log
    /// does not: an older copy of the log was put in place.
    [[nodiscard]] static Result<std::unique_ptr<Ledger>> open(LedgerOptions options,
                                                              const keys::SealKey& server_key);

    /// Prepares a receipt without writing it: for a transaction that keeps it in an outbox.
    [[nodiscard]] Result<Prepared> prepare(Draft draft) const {
        return ledger::prepare(keys_, std::move(draft));
    }

    /// Writes prepared receipts; returns the index of the first once all are durable. Errors as Log::append.
    [[nodiscard]] Result<std::uint64_t> append(std::vector<Prepared> prepared);

    /// Prepares and writes one receipt.
    [[nodiscard]] Result<std::uint64_t> add(Draft draft);

    /// Writes a receipt of an outbox unless it is in the log already (the process died between writing it and
    /// clearing the outbox). Its index, either way.
    [[nodiscard]] Result<std::uint64_t> add_once(Prepared prepared);

    /// The openings of a receipt, published or not. kNotFound if none are kept.
    [[nodiscard]] Result<Openings> openings(std::uint64_t receipt);

    /// Receipts about `<account>/<collection>/<id>`.
    [[nodiscard]] Result<std::vector<std::uint64_t>> receipts_of(const std::string& subject);

    /// Judgements of a receipt's candidates.
    [[nodiscard]] Result<std::vector<KeptVerification>> verifications_of(std::uint64_t receipt);

    /// How a KeptVerification names the principal.
    [[nodiscard]] Hash person(const std::string& principal) const {
        return subject_tag(keys_, "principal/" + principal);
    }

    /// Erases what is kept about the subjects (`<account>/<collection>/<id>`): what went. The log's entries
    /// and proofs stay valid. `make_receipt` gives the receipt that says so; removal and receipt are one
    /// transaction. The caller appends the receipt and settles it.
    [[nodiscard]] Result<Erasure> erase(std::span<const std::string> subjects,
                                        const OpeningStore::MakeReceipt& make_receipt);
    /// Receipts of erasures that a crash left unsettled; to be appended with add_once() and settled at start.
    [[nodiscard]] Result<std::vector<Prepared>> unsettled() const { return store_->unsettled(); }
    Result<void> settle(const std::string& id, TimePoint now) { return store_->settle(id, now); }

    /// Keyed hashes (tag_of) of those whom the receipt with this id erased.
    [[nodiscard]] Result<std::vector<Hash>> erased_by(const std::string& id) const {
        return store_->erased_by(id);
    }
    /// The same for all receipts from `first` on.
    [[nodiscard]] Result<std::vector<Hash>> erased_since(std::uint64_t first);
    [[nodiscard]] Hash tag_of(std::string_view subject) const { return subject_tag(keys_, subject); }

    /// Erases what the uses under a case found: the candidates, subjects and probes of its receipts. Who used
    /// it, when and for what stays. The same of a case without receipts, or erased before, is nothing, and
    /// then `make_receipt` is not asked; else as for erase().
    [[nodiscard]] Result<Erasure> erase_case(std::string_view case_id,
                                             const OpeningStore::MakeReceipt& make_receipt);

    /// Hands over to a new signing key; the index of the entry that says so.
    [[nodiscard]] Result<std::uint64_t> rotate_key(TimePoint now);

    [[nodiscard]] Log& log() noexcept { return *log_; }
    [[nodiscard]] const Log& log() const noexcept { return *log_; }

  private:
    Result<void> compare_store();
    Result<void> all_kept();
    Result<std::optional<std::uint64_t>> find_receipt(const std::string& id);
    Ledger(OpeningKeys keys, std::string software) : keys_(std::move(keys)), software_(std::move(software)) {}

    OpeningKeys keys_;
    std::string software_;
    std::mutex replayed_mutex_;
    ReplayedIds replayed_;                 // of the backlog, while there is one
    std::unique_ptr<OpeningStore> store_;  // outlives the log, which hands openings over when it closes
    std::unique_ptr<Log> log_;
};

}  // namespace visavis::ledger
