// Where openings are kept: one SQLite file beside the log. Erasing here is what erases a person from the
// ledger; who was erased is remembered as a keyed hash, so that a restored backup can be told.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "ledger/draft.h"

namespace visavis::ledger {

/// A judgement of a candidate, found by the receipt that it is about.
struct KeptVerification {
    std::uint64_t entry{};  ///< index of the verification's own receipt
    std::uint64_t candidate{};
    bool confirmed{};
    Hash person{};  ///< keyed hash of who judged
};

/// How an erasure is remembered.
struct ErasureReceipt {
    std::string id;                    ///< a receipt's or, if none is written, a fresh one; to be settled
    std::optional<Prepared> prepared;  ///< empty if the operation leaves no receipt
};

/// Thread-safe.
class OpeningStore {
  public:
    /// Makes the file (0600) if there is none. kInternal, naming it, if it cannot be opened or is of another
    /// version.
    [[nodiscard]] static Result<std::unique_ptr<OpeningStore>> open(const std::string& path,
                                                                    OpeningKeys keys);

    OpeningStore(const OpeningStore&) = delete;
    OpeningStore& operator=(const OpeningStore&) = delete;
    ~OpeningStore();

    /// Durable when it returns. Rows that are there already stay as they are, so that a repeated call brings
    /// back nothing that was erased. kUnavailable if the disk is full or failing.
    [[nodiscard]] Result<void> keep(std::uint64_t first, std::span<const JournalEntry> entries);

    /// The openings of a receipt; kNotFound if none are kept for it.
    [[nodiscard]] Result<Openings> find(std::uint64_t receipt) const;

    /// The index of the receipt with this id; nothing if it is not kept.
    [[nodiscard]] Result<std::optional<std::uint64_t>> index_of(const std::string& id) const;

    /// The receipts that concern a subject (`<account>/<collection>/<id>`), in order.
    [[nodiscard]] Result<std::vector<std::uint64_t>> receipts_of(const std::string& subject) const;

    /// Judgements of the candidates of a receipt, in order.
    [[nodiscard]] Result<std::vector<KeptVerification>> verifications_of(std::uint64_t receipt) const;

    /// The highest receipt that is kept; nothing if there is none.
    [[nodiscard]] Result<std::optional<std::uint64_t>> last() const;

    /// Gives the receipt that says what an erasure took.
    using MakeReceipt = std::function<Result<ErasureReceipt>(const Erasure& erasure)>;

    /// Removes salt and value of every list member about these subjects, and of the probes of receipts in
    /// which one of them was added or came first: those images showed this person. The old content is
    /// overwritten in the file, or by finish_erasing() if somebody is reading meanwhile. In the same
    /// transaction the receipt is kept, until it is settled. An error of `make_receipt` undoes everything.
    ///
    /// Uses that are under way know the person still, and so do those that begin before the person has left
    /// the collection; what keep() gets of them is erased as it arrives, and not counted.
    [[nodiscard]] Result<Erasure> erase(std::span<const std::string> subjects,
                                        const MakeReceipt& make_receipt);

    /// Receipts of erasures that are not settled, oldest first.
    [[nodiscard]] Result<std::vector<Prepared>> unsettled() const;
    /// The erasure with this id is complete: its receipt is in the log, and no use that begins after `now`
    /// knows the person. An id that is not there is no error.
    Result<void> settle(const std::string& id, TimePoint now);

    /// Keyed hashes (subject_tag) of those whom the receipt with this id erased.
    [[nodiscard]] Result<std::vector<Hash>> erased_by(const std::string& id) const;
    /// The same for all receipts from `first` on.
    [[nodiscard]] Result<std::vector<Hash>> erased_since(std::uint64_t first) const;

    /// Removes salt and value of every list member and of the probes of the receipts of `subject`, and every
    /// other way to those receipts; `subject` still leads to them. `make_receipt` as for erase(); not asked
    /// if nothing went.
    [[nodiscard]] Result<Erasure> erase_results_of(const std::string& subject,
                                                   const MakeReceipt& make_receipt);

    /// Tries again what an erasure could not do because somebody was reading: to overwrite the remains in the
    /// write-ahead log. Nothing if nothing is due; never waits for a reader.
    Result<void> finish_erasing();

    /// Takes from a copy what belongs to receipts from `size` on, which the copy of the log does not have.
    [[nodiscard]] static Result<void> cut(const std::string& path, std::uint64_t size);

  private:
    struct State;
    using EraseSome = std::function<std::uint64_t(std::uint64_t receipt, Openings&)>;
    using Then = std::function<Result<void>(const Erasure&)>;
    [[nodiscard]] Result<Erasure> erase(std::span<const std::string> subjects, const EraseSome& erase_some,
                                        const Then& then);
    explicit OpeningStore(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace visavis::ledger
