// What AssociateFaces and DisassociateFaces share: their answers, and how a repeated request gets the same
// one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace visavis::engine {

/// A face that could not be associated or disassociated.
struct UnsuccessfulFace {
    std::string face_id;
    std::optional<std::string> user_id;  ///< whose it is, if another user's
    std::optional<float> confidence;     ///< Similarity to the user, for LOW_MATCH_CONFIDENCE
    std::string reason;  ///< FACE_NOT_FOUND, ASSOCIATED_TO_A_DIFFERENT_USER, LOW_MATCH_CONFIDENCE
};

struct AssociationAnswer {
    std::vector<std::string> changed;  ///< faces that were associated or disassociated now
    std::vector<UnsuccessfulFace> unsuccessful;
    std::string user_status;
};

/// Text form for the store's tokens, and back; kInternal if it is not of this form.
[[nodiscard]] Bytes write_association(const AssociationAnswer& answer);
[[nodiscard]] Result<AssociationAnswer> read_association(ByteView text);

}  // namespace visavis::engine
