// Verifying a log from its public files alone: no server, no database, no trust in whoever serves them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ledger/checkpoint.h"
#include "ledger/tiles.h"

namespace visavis::ledger {

enum class Verdict {
    kValid,       ///< every file agrees with the signed checkpoint
    kInvalid,     ///< something is forged, damaged, missing, dropped, repeated or out of order
    kCannotTell,  ///< there is nothing to judge, or it cannot be read
};

struct VerifyLogOptions {
    std::optional<VerifierKey> key;  ///< from elsewhere; absent: the log's own `log.vkey`, which proves less
    std::optional<std::string> since;    ///< an earlier checkpoint (signed note) that the log must begin with
    std::vector<VerifierKey> witnesses;  ///< must all have cosigned
    std::string journal;                 ///< directory of the log's journal; empty: not looked at
    std::vector<std::string>
        files;  ///< all paths below the log's prefix, if known: left-over files are checked, too
    std::function<void(std::uint64_t done, std::uint64_t size)> progress;  ///< may be empty
};

struct LogVerdict {
    Verdict verdict{Verdict::kCannotTell};
    std::string reason;  ///< unless valid: what is wrong, for a person
    Checkpoint checkpoint;
    std::string key;                                  ///< under which the checkpoint holds
    bool key_from_log{};                              ///< nobody else vouches for it
    std::uint64_t rotations{};                        ///< hand-overs followed from the trusted key
    std::vector<std::string> cosigned_by;             ///< the witnesses whose keys were given, verified
    std::vector<std::string> unchecked_cosignatures;  ///< names on lines that no given key can check
    std::uint64_t beyond_checkpoint{};   ///< receipts in the journal that the checkpoint does not cover yet
    std::vector<std::string> notes;      ///< what was not looked at and does not count against the log
    std::optional<std::uint64_t> since;  ///< size of the earlier checkpoint
};

/// Reads every tile and entry of the newest checkpoint and recomputes all hashes. Every entry must be a
/// receipt, and no receipt's id may stand twice.
[[nodiscard]] LogVerdict verify_log(const LogReader& reader, const VerifyLogOptions& options);

/// Every file of a log's directory that outsiders may read, as paths below it.
[[nodiscard]] std::vector<std::string> list_log_files(const std::string& directory);

}  // namespace visavis::ledger
