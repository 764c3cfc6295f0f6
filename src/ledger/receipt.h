// The receipt: one entry of the ledger. docs/formats/receipt.md is the specification; this is its reader and
// writer.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "ledger/note.h"
#include "ledger/tree.h"

namespace visavis::ledger {

enum class Outcome { kAnswered, kRefused, kFailed };

/// `answered`, `refused`, `failed`.
[[nodiscard]] std::string_view name(Outcome outcome) noexcept;

/// A list of commitments as a whole: `root` is the tree root over the members' commitments.
struct ListCommitment {
    std::uint64_t count{};
    Hash root{};

    friend bool operator==(const ListCommitment&, const ListCommitment&) = default;
};

/// A person's judgement of one candidate of an earlier receipt.
struct Verification {
    std::uint64_t receipt{};
    std::uint64_t candidate{};  ///< position in the answer, from 0
    bool confirmed{};           ///< false: rejected

    friend bool operator==(const Verification&, const Verification&) = default;
};

/// Hand-over from one signing key to the next.
struct KeyChange {
    std::string old_key;  ///< verifier keys as text
    std::string new_key;
    Bytes signature;  ///< of the old key over hand_over_text()

    friend bool operator==(const KeyChange&, const KeyChange&) = default;
};

struct Erasure {
    std::uint64_t receipts{};  ///< that lost something
    std::uint64_t openings{};  ///< that are gone

    friend bool operator==(const Erasure&, const Erasure&) = default;
};

/// A backup was put back.
struct Restoration {
    std::string backup;       ///< when it was made
    std::uint64_t removed{};  ///< persons erased since then and therefore removed again; since version 2

    friend bool operator==(const Restoration&, const Restoration&) = default;
};

inline constexpr std::uint64_t kReceiptVersion = 2;

/// What is published. Members that do not apply are empty.
struct Receipt {
    std::uint64_t version{kReceiptVersion};  ///< of the format; 1 is read and written as it was
    std::string id;                          ///< lower-case UUID
    std::string operation;
    Outcome outcome{Outcome::kAnswered};
    std::string error;  ///< unless answered
    TimePoint start;
    TimePoint end;
    std::string policy_set;
    std::vector<std::string> policies;
    std::map<std::string, Hash> commitments;  ///< by field
    std::optional<ListCommitment> candidates;
    std::optional<ListCommitment> subjects;
    std::optional<std::uint64_t> gallery_size;
    std::string threshold;      ///< Similarity, `80.0000`
    std::string threshold_fmr;  ///< `2.51e-06`
    std::string pack;           ///< name and version of the model pack
    std::string pack_hash;      ///< SHA-256 over its networks, normalisation and curve; since version 2
    std::string curve;          ///< SHA-256 of its calibration curve
    std::string software;
    std::optional<Verification> verification;
    std::optional<KeyChange> key;
    std::optional<Erasure> erasure;
    std::optional<Restoration> restore;

    friend bool operator==(const Receipt&, const Receipt&) = default;
};

/// The canonical encoding.
[[nodiscard]] std::string to_text(const Receipt& receipt);

/// kInvalidParameter, saying what is wrong, unless the bytes are a receipt in its canonical encoding. Safe on
/// hostile input.
[[nodiscard]] Result<Receipt> parse_receipt(ByteView entry);

/// Whether the bytes call themselves a receipt of a later version than this software knows: parse_receipt()
/// cannot judge those.
[[nodiscard]] bool is_newer_receipt(ByteView entry);

/// SHA-256(salt ‖ "visavis.receipt.v1/" ‖ field ‖ 0x00 ‖ value).
[[nodiscard]] Hash commit(ByteView salt, std::string_view field, std::string_view value);

/// Tree root over a list of commitments.
[[nodiscard]] ListCommitment commit_list(std::span<const Hash> commitments);

/// What the old key signs at a rotation.
[[nodiscard]] std::string hand_over_text(const std::string& old_key, const std::string& new_key);

/// `2026-11-24T20:31:30.123Z`
[[nodiscard]] std::string format_time(TimePoint time);
/// kInvalidParameter for any other spelling.
[[nodiscard]] Result<TimePoint> parse_time(std::string_view text);

}  // namespace visavis::ledger
