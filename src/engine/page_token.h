// Rekognition's NextToken: opaque, unforgeable, good for one query only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "engine/call.h"

namespace visavis::engine {

class Engine;

/// What a token belongs to. Any difference makes it a foreign one.
struct PageQuery {
    std::string_view operation;
    std::string_view collection_uid;  ///< empty: none
    std::string filter;               ///< the query's other parameters, in any fixed notation
};

/// A token that continues after `position`: at most 255 characters, another text every time.
[[nodiscard]] std::string page_token(const Engine& engine, const Caller& caller, const PageQuery& query,
                                     std::uint64_t position);

/// The position; 0 without a token. kInvalidPaginationToken for one that this server did not make for this
/// query of this account.
[[nodiscard]] Result<std::uint64_t> page_position(const Engine& engine, const Caller& caller,
                                                  const PageQuery& query,
                                                  const std::optional<std::string>& token);

/// The size of a page: `asked`, but at least 1 and at most `most`; `absent` where nothing or 0 was asked.
[[nodiscard]] std::size_t page_size(std::optional<std::int64_t> asked, std::size_t absent, std::size_t most);

}  // namespace visavis::engine
