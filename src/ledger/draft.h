// From what happened to what is published: a draft holds the values; preparing it gives the receipt, which
// holds only commitments, and the sealed openings, which the operator keeps.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "keys/seal.h"
#include "ledger/journal.h"
#include "ledger/receipt.h"

namespace visavis::ledger {

/// A value that the receipt commits to.
struct Secret {
    std::string field;
    std::string value;
};

/// A face or user in a list.
struct Member {
    std::string id;          ///< FaceId or UserId
    std::string similarity;  ///< `99.1234`; empty for subjects
    std::string subject;     ///< `<account>/<collection>/<id>`: leads from the person to the receipt; empty:
                             ///< nobody known
};

/// Everything about a use. `receipt` needs its clear members only; id, commitments and lists are filled in.
struct Draft {
    Receipt receipt;
    std::vector<Secret> secrets;  ///< empty values are left out
    bool lists_candidates{};      ///< the operation returns candidates, if only none
    std::vector<Member> candidates;
    std::vector<Member> subjects;
};

/// The salt and value behind one commitment; both empty once erased.
struct Opening {
    std::string field;
    Bytes salt;
    std::string value;
    Hash commitment{};
    std::string subject;  ///< of a list's member

    [[nodiscard]] bool erased() const noexcept { return salt.empty(); }
};

/// All openings of one receipt.
struct Openings {
    std::vector<Opening> fields;
    std::vector<Opening> candidates;
    std::vector<Opening> subjects;
};

/// A receipt, ready to be appended. `entry.openings` is sealed and says in clear only the receipt's id and
/// the keyed hashes of its subjects.
struct Prepared {
    std::string id;
    JournalEntry entry;
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

/// Draws salts and an id, and commits. kInvalidParameter if the receipt would be too long (its clear members
/// are far too many).
[[nodiscard]] Result<Prepared> prepare(const OpeningKeys& keys, Draft draft);

/// A prepared receipt as bytes, to be kept in an outbox, and back; kInternal if the bytes are damaged.
[[nodiscard]] Bytes encode_prepared(const Prepared& prepared);
[[nodiscard]] Result<Prepared> decode_prepared(ByteView bytes);

/// What stands in clear in `entry.openings`. kInternal if it is malformed.
struct SealedOpenings {
    std::string id;
    std::vector<Hash> tags;
    Bytes sealed;
};
[[nodiscard]] Result<SealedOpenings> split_openings(ByteView openings);

[[nodiscard]] Bytes seal_openings(const OpeningKeys& keys, const std::string& id, const Openings& openings);
/// kInternal if they were not sealed by this server for this receipt.
[[nodiscard]] Result<Openings> open_openings(const OpeningKeys& keys, const std::string& id, ByteView sealed);

/// Whether salt and value give the commitment; false once erased.
[[nodiscard]] bool holds(const Opening& opening);

}  // namespace visavis::ledger
