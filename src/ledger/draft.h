// From what happened to what is published: a draft holds the values; preparing it gives the receipt, which
// holds only commitments, and the sealed openings, which the operator keeps.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ledger/journal.h"
#include "ledger/openings.h"
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

/// A receipt, ready to be appended. `entry.openings` is sealed and says in clear only the receipt's id and
/// the keyed hashes of its subjects.
struct Prepared {
    std::string id;
    JournalEntry entry;
};

/// Draws salts and an id, and commits. kInvalidParameter if the receipt would be too long (its clear members
/// are far too many).
[[nodiscard]] Result<Prepared> prepare(const OpeningKeys& keys, Draft draft);

/// A prepared receipt as bytes, to be kept in an outbox, and back; kInternal if the bytes are damaged.
[[nodiscard]] Bytes encode_prepared(const Prepared& prepared);
[[nodiscard]] Result<Prepared> decode_prepared(ByteView bytes);

}  // namespace visavis::ledger
