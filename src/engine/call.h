// One call of an operation: who calls, and what is said beside the answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keys/binding.h"

namespace visavis::engine {

using keys::Binding;

/// Who calls, as established by the protocol layer (SigV4) or by the command line (`local-operator`).
struct Caller {
    std::string principal;       ///< name of the principal that owns the credential
    std::string account;         ///< twelve digits; scopes collections
    std::string region;          ///< of the credential scope; used in ARNs only
    std::string request_id;      ///< lower-case UUID
    std::string access_key_id;   ///< empty for the local operator
    std::string source_address;  ///< numeric; `local` over the Unix socket or in process
    Binding binding;
    std::string role_session{};  ///< `role/session name` of a temporary credential; empty: none
};

/// Where in which log a receipt stands.
struct ReceiptReference {
    std::string log;  ///< origin line of the log
    std::uint64_t index{};
};

/// A rate with its interval, 95 %; without one where none was measured.
struct RateInterval {
    double value{};
    std::optional<double> low;
    std::optional<double> high;
};

/// How often two strangers score so high.
struct MatchRate {
    double fmr{};
    bool extrapolated{};  ///< beyond the measured data: a fit, and constant past its end
};

/// What Visavis says beside Rekognition's answer (member `Visavis`, headers `x-visavis-…`). Absent: does not
/// apply to this operation.
struct AnswerNotes {
    std::optional<double> threshold;            ///< Similarity in force; may be above the one asked for
    std::optional<RateInterval> threshold_fmr;  ///< false match rate of one comparison at it
    std::optional<std::uint64_t> gallery_size;  ///< faces or users that were compared
    std::optional<RateInterval>
        expected_false_matches;               ///< of this search, were the person not in the gallery
    std::optional<RateInterval> fpir;         ///< probability of at least one such
    std::vector<MatchRate> match_rates;       ///< at each match's score, parallel to the matches
    bool extrapolated{};                      ///< the threshold lies beyond the measured data
    std::string pack;                         ///< name and version of the model pack
    std::string curve;                        ///< SHA-256 of the calibration curve
    std::optional<ReceiptReference> receipt;  ///< set for refusals, too
};

struct Call {
    Caller caller;
    AnswerNotes notes;  ///< filled by the operation, whether it answers or refuses
};

}  // namespace visavis::engine
