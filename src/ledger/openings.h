// Openings: the salt and value behind each commitment of a receipt, which the operator keeps and can erase.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "keys/seal.h"
#include "ledger/tree.h"

namespace visavis::ledger {

/// The salt and value behind one commitment; both empty once erased.
struct Opening {
    std::string field;
    Bytes salt;
    std::string value;
    Hash commitment{};
    std::string subject{};  ///< of a list's member

    [[nodiscard]] bool erased() const noexcept { return salt.empty(); }
};

/// All openings of one receipt.
struct Openings {
    std::vector<Opening> fields;
    std::vector<Opening> candidates;
    std::vector<Opening> subjects;
};

/// The keys of the openings, derived from the server's.
struct OpeningKeys {
    explicit OpeningKeys(const keys::SealKey& server)
        : seal(server.derive("ledger openings")), tags(server.derive("ledger subjects")) {}
    keys::SealKey seal;
    keys::SealKey tags;
};

/// Keyed hash of a subject.
[[nodiscard]] Hash subject_tag(const OpeningKeys& keys, std::string_view subject);

/// The subject under which the receipts of a case's credentials are found (their secret `case`).
[[nodiscard]] inline std::string case_subject(std::string_view case_id) {
    return "case/" + std::string(case_id);
}

inline constexpr std::size_t kReceiptIdBytes = 36;  ///< what travels in the journal begins with the id

/// What travels in the journal beside an entry: receipt's id and the subjects' keyed hashes in clear, the
/// rest sealed.
struct SealedOpenings {
    std::string id;
    std::vector<Hash> tags;
    Bytes sealed;
};

[[nodiscard]] Bytes join_openings(const SealedOpenings& openings);
/// kInternal if they are malformed.
[[nodiscard]] Result<SealedOpenings> split_openings(ByteView openings);

[[nodiscard]] Bytes seal_openings(const OpeningKeys& keys, const std::string& id, const Openings& openings);
/// kInternal if they were not sealed by this server for this receipt.
[[nodiscard]] Result<Openings> open_openings(const OpeningKeys& keys, const std::string& id, ByteView sealed);

/// Whether salt and value give the commitment; false once erased.
[[nodiscard]] bool holds(const Opening& opening);

}  // namespace visavis::ledger
