// Idempotency tokens (Rekognition's ClientRequestToken): which parameters came with a token, what was
// answered. Written in the transaction of the change itself, so that a repeated request after a crash is
// answered, not done twice.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"

namespace visavis::store {

/// Whose token: the same text in another account or for another operation is another token.
struct TokenName {
    std::string account;
    std::string operation;
    std::string token;
};

struct UsedToken {
    Sha256 parameters{};  ///< of the request
    Bytes answer;
};

class Tokens {
  public:
    Tokens() = default;
    Tokens(const Tokens&) = delete;
    Tokens& operator=(const Tokens&) = delete;
    virtual ~Tokens() = default;

    /// Nothing if the token is new or was forgotten.
    [[nodiscard]] virtual Result<std::optional<UsedToken>> find(const TokenName& name) const = 0;

    /// Keeps a token until `expires`, in the place of one of the same name.
    virtual Result<void> remember(const TokenName& name, const UsedToken& used, TimePoint expires) = 0;

    /// Removes tokens that expired before `now`.
    virtual Result<void> forget(TimePoint now) = 0;
};

}  // namespace visavis::store
