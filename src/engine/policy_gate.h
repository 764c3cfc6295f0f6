// The Gate that asks Cedar: what the operation says of itself, what the credential is bound to, and what the
// collection's tags demand.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "engine/governed.h"
#include "policy/authority.h"
#include "policy/collection_tags.h"

namespace visavis::engine {

/// What policies see of a collection.
struct CollectionFacts {
    policy::TagMap tags;
    std::uint64_t faces{};
    std::string owner{};  ///< who made it; the tag visavis:owner takes precedence
};

/// Nothing if the account has no such collection. Thread-safe.
using CollectionLookup = std::function<Result<std::optional<CollectionFacts>>(std::string_view account,
                                                                              std::string_view collection)>;

/// `lookup` may be empty: then no collection has tags.
[[nodiscard]] std::unique_ptr<Gate> make_policy_gate(std::shared_ptr<const policy::Authority> authority,
                                                     CollectionLookup lookup);

/// How policy sees the caller of any call.
[[nodiscard]] policy::Asker asker_of(const Caller& caller);

}  // namespace visavis::engine
