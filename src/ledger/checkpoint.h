// Checkpoints (https://c2sp.org/tlog-checkpoint) and offline inclusion proofs (https://c2sp.org/tlog-proof).
// Parsers are safe on hostile input; parsing verifies nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/note.h"
#include "ledger/tree.h"

namespace visavis::ledger {

/// What a log claims: its name, how many entries it has, and their root.
struct Checkpoint {
    std::string origin;
    std::uint64_t size{};
    Hash root{};
    std::vector<std::string> extensions;  ///< further lines, none of them empty

    friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// The note's text: origin, size, base64 root and extensions, a line each.
[[nodiscard]] std::string to_text(const Checkpoint& checkpoint);

/// kInvalidParameter, saying what is wrong, unless the text is a checkpoint's in its one spelling.
[[nodiscard]] Result<Checkpoint> parse_checkpoint(std::string_view text);

/// A checkpoint with its signatures.
struct SignedCheckpoint {
    Checkpoint checkpoint;
    Note note;
};

/// Both parsers in a row, errors as theirs.
[[nodiscard]] Result<SignedCheckpoint> parse_signed_checkpoint(std::string_view note);

/// The note verified: it carries a valid signature of `key`, whose name is the checkpoint's origin.
/// kInvalidParameter, saying what is wrong, otherwise.
[[nodiscard]] Result<SignedCheckpoint> open_checkpoint(std::string_view note, const VerifierKey& key);

/// That an entry is in the log, checkable with nothing but the log's verifier key.
struct LogProof {
    std::uint64_t index{};
    std::vector<Hash> path;
    std::string checkpoint;      ///< the signed note
    std::optional<Bytes> extra;  ///< not covered by the proof
};

[[nodiscard]] std::string to_text(const LogProof& proof);

/// kInvalidParameter, saying what is wrong, unless the text is a `c2sp.org/tlog-proof@v1`.
[[nodiscard]] Result<LogProof> parse_proof(std::string_view text);

/// What the proof shows: the checkpoint under which `entry` is number `proof.index`. kInvalidParameter,
/// saying which step failed, if the checkpoint is not signed by `key` or the path does not lead to its root.
[[nodiscard]] Result<SignedCheckpoint> verify_proof(const LogProof& proof, ByteView entry,
                                                    const VerifierKey& key);

}  // namespace visavis::ledger
